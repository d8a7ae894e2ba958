"""How property tests choose their examples: the same in every run, or, every night, others and more.

``FEDCYCLE_TEST_PROFILE=nightly`` draws random examples, ``MORE`` times as many; ``--hypothesis-seed=N`` says which.
Without it (``fixed``) the examples are the same on every machine that has the same version of hypothesis.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

VARIABLE = "FEDCYCLE_TEST_PROFILE"
PROFILES = ("fixed", "nightly")
MORE = 10
"""Times as many examples in the nightly profile."""


def profile() -> str:
    """Return the profile that the environment asks for."""
    name = os.environ.get(VARIABLE) or "fixed"
    if name not in PROFILES:
        raise pytest.UsageError(f"{VARIABLE} is {name!r}; it can be {' or '.join(PROFILES)}")
    return name


def examples(number: int) -> int:
    """Return how many examples a test takes that takes ``number`` of them in the fixed profile."""
    return MORE * number if profile() == "nightly" else number


def choose() -> None:
    """Make hypothesis draw as the environment asks."""
    common = {"deadline": None, "database": None, "print_blob": True}
    settings.register_profile("fixed", derandomize=True, max_examples=100, **common)
    settings.register_profile("nightly", derandomize=False, max_examples=MORE * 100, **common)
    settings.load_profile(profile())
