"""What the browser runs: the library that draws charts, kept here as it was published, and our own script."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

HERE = Path(__file__).parent
LIBRARY = HERE / "vendor" / "uPlot.iife.min.js"
"""uPlot 1.6.32, as its maker publishes it; docs/decisions/0014 says why."""
LIBRARY_STYLE = HERE / "vendor" / "uPlot.min.css"
"""The style sheet that belongs to it."""
SCRIPTS = ("figure.js", "draw.js", "around.js", "page.js")
"""Our own script, in the order in which its parts need each other."""


@cache
def chart_library() -> Markup:
    """Return the script that charts are drawn with; only a page that has a chart carries it.

    When it is read it makes a number format of the reader's language and asks for the time zone, which takes a browser
    longer than all else in it. We write numbers and days ourselves, so it is given ones that cost nothing. Its function
    stands in brackets, which tells the browser that it runs at once: else it is read twice.
    """
    number = "NumberFormat: function () { this.format = String; }"
    day = 'DateTimeFormat: function () { this.resolvedOptions = () => ({ timeZone: "UTC" }); }'
    library = LIBRARY.read_text(encoding="utf-8").strip()
    head, _, rest = library.partition("var uPlot=")
    if not (rest.startswith("function(){") and rest.endswith("}();")):
        raise ValueError(f"{LIBRARY.name} is not in the form that its maker publishes")
    library = f"{head}var uPlot=({rest[:-3]})();"
    return inline(f"var uPlot = (function (Intl) {{\n{library}\nreturn uPlot;\n}})({{ {number}, {day} }});")


@cache
def own_script() -> Markup:
    """Return the script that draws the charts of a page."""
    parts = [(HERE / "script" / name).read_text(encoding="utf-8") for name in SCRIPTS]
    return inline("\n".join(["(function () {", '"use strict";', *parts, "})();"]))


@cache
def fills_script() -> Markup:
    """Return the script that shows the fills and saves them; only a page that has some carries it."""
    return inline((HERE / "script" / "fills.js").read_text(encoding="utf-8"))


@cache
def style(*, drawn: bool) -> Markup:
    """Return the style sheet of a page, with the library's where charts are drawn on it."""
    sheets = [LIBRARY_STYLE] if drawn else []
    return Markup("\n").join(Markup(each.read_text(encoding="utf-8")) for each in [*sheets, HERE / "theme.css"])  # noqa: S704


def inline(script: str) -> Markup:
    r"""Return a script as it can stand inside ``<script>``: it cannot end the element, and its line ends are LF.

    ``</script`` and ``<!--`` in a script can only be inside strings or patterns, where a backslash changes nothing.

    Examples
    --------
    >>> str(inline("a = '</script>'"))
    "a = '<\\/script>'"
    """
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"</(script)", r"<\\/\1", text, flags=re.IGNORECASE).replace("<!--", "<\\!--")
    return Markup(text)  # noqa: S704 - it is a script, and it cannot leave its element


def fingerprint(script: str) -> str:
    """Return the source expression by which a content security policy allows exactly this inline script."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
