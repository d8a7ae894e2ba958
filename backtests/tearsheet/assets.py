"""What the browser runs: plotly's script, as the installed distribution ships it, and our own."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from markupsafe import Markup

from fedcycle.backtests.core.errors import BacktestError

HERE = Path(__file__).parent


@cache
def plotly_script() -> Markup:
    """Return plotly's browser script.

    Read as a file of the installed ``plotly`` distribution; the Python library itself is not imported, which would
    cost more time than all the rest of a page.

    Raises
    ------
    BacktestError
        If plotly is not installed or came without its script.
    """
    found = find_spec("plotly")
    folders = [] if found is None else list(found.submodule_search_locations or [])
    remedy = "install it again: pip install --force-reinstall 'plotly>=6.0'"
    if not folders:
        raise BacktestError(f"a tearsheet needs plotly, which is not installed; {remedy}")
    for folder in folders:
        path = Path(folder) / "package_data" / "plotly.min.js"
        if path.is_file():
            return inline(path.read_text(encoding="utf-8"))
    raise BacktestError(f"plotly in {folders[0]} has no package_data/plotly.min.js; {remedy}")


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
