"""What the browser runs: the smallest bundle of plotly.js that draws our charts, kept here, and our own script."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

HERE = Path(__file__).parent
BUNDLE = HERE / "vendor" / "plotly-basic.min.js"
"""plotly.js 4.1.1, its bundle ``basic`` (lines, bars, pies), as its makers publish it; docs/decisions/0007 says why."""


@cache
def chart_library() -> Markup:
    """Return the script that charts are drawn with; only a page that has a chart carries it."""
    return inline(BUNDLE.read_text(encoding="utf-8"))


@cache
def own_script() -> Markup:
    """Return the script that draws the charts of a page."""
    return inline((HERE / "charts.js").read_text(encoding="utf-8"))


@cache
def style() -> Markup:
    """Return the style sheet of a page."""
    return Markup((HERE / "theme.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file


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
