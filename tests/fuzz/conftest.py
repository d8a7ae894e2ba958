"""What the fuzzers share: where their own modules lie, and how long they run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

LONGER = "FEDCYCLE_FUZZ"


@pytest.fixture(scope="session")
def times() -> int:
    """How many times as many cases as usual: ``FEDCYCLE_FUZZ=20`` runs twenty times as many, with other seeds too."""
    return int(os.environ.get(LONGER, "1"))
