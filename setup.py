"""All metadata is in ``setup.cfg``; this file only serves checkouts that cannot hold links.

``src/fedcycle/data`` and its siblings are links to the user's top-level folders. Git on Windows writes a link as a
text file unless it is allowed to make links; such a checkout names the folders one by one instead.
"""

from pathlib import Path

from setuptools import find_namespace_packages, setup

FOLDERS = ("backtests", "configs", "data", "strategies")

if all(Path("src/fedcycle", name).is_dir() for name in FOLDERS):
    setup()
else:
    found = [
        f"fedcycle.{package}"
        for package in find_namespace_packages(".")
        if package.split(".")[0] in FOLDERS and "__pycache__" not in package
    ]
    setup(
        packages=["fedcycle", *found],
        package_dir={"fedcycle": "src/fedcycle", **{f"fedcycle.{name}": name for name in FOLDERS}},
    )
