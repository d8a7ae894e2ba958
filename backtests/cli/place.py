"""Where data are kept unless somebody says otherwise: the platform's own folder for a program's data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "fedcycle"


def cache_folder() -> Path:
    """Return the folder of what can be made again at any time: by XDG, by Apple's rule, or by Microsoft's."""
    home = Path.home()
    if sys.platform == "win32":
        return default_folder() / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / NAME
    stated = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(stated) if os.path.isabs(stated) else home / ".cache") / NAME  # noqa: PTH117 - as below


def default_folder() -> Path:
    """Return the folder of fetched data: by XDG, by Apple's rule, or by Microsoft's."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / NAME
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / NAME
    stated = os.environ.get("XDG_DATA_HOME", "")
    # The XDG rule: a path that is not absolute is to be ignored.
    return (Path(stated) if os.path.isabs(stated) else home / ".local" / "share") / NAME  # noqa: PTH117
