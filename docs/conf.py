"""The documentation site: the Markdown pages of this folder, the notebook, and the API from its docstrings.

Build: python -m sphinx -W --keep-going docs build/docs   (pip install '.[docs]')
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))  # the source beside this folder, installed or not

project = "fedcycle"
author = "the fedcycle authors"
project_copyright = "the fedcycle authors, GPL-3.0-or-later"
release = re.search(r'__version__ = "(.+)"', (HERE.parent / "src/fedcycle/__init__.py").read_text(encoding="utf-8"))[1]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
html_theme = "furo"
html_title = f"fedcycle {release}"
html_show_sphinx = False
html_static_path: list[str] = []
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
# The notebook holds its answers; a test runs it anew and compares.
nb_execution_mode = "off"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = True
napoleon_use_rtype = False
napoleon_use_param = False
napoleon_use_ivar = True
autodoc_class_signature = "separated"
autodoc_default_options = {"exclude-members": "__init__"}


def setup(app: Sphinx) -> None:
    """Show blocks of other languages as text: diagrams, output, and files in a format without a lexer."""
    for name in ("mermaid", "csv", "text"):
        app.add_lexer(name, TextLexer)
