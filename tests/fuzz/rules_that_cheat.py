"""Rules that cheat, each in a few lines, with what becomes of it; and honest rules of odd build, which must pass.

``PREVENTED``: the rule gets nothing by it. ``CAUGHT``: the audit fails it, or its run is refused. ``OUT_OF_SCOPE``: it
passes, and docs/reliability.md says why. ``{here}`` is the folder of the rule's file, in which lie ``signals.csv`` and
``helper_that_reads.py``.
"""

# ruff: noqa: E501 - a rule is easier to read on the line it is on

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent

PREVENTED, CAUGHT, OUT_OF_SCOPE, HONEST = "prevented", "caught", "out of scope", "honest"


@dataclass(frozen=True)
class Case:
    """One rule: what it is called, what becomes of it, the top of its file, and the body of ``yes(self, view)``."""

    name: str
    outcome: str
    top: str
    yes: str
    inside: str = ""
    sample: int | None = 3

    @property
    def source(self) -> str:
        """The rule's file: small caps where ``yes`` says yes, else large ones."""
        return (
            "from dataclasses import dataclass, field\n"
            "from pathlib import Path\n"
            "from fedcycle.strategies.strategy import Strategy\n"
            f"{dedent(self.top)}\n"
            "@dataclass(frozen=True, kw_only=True)\n"
            "class Mine(Strategy):\n"
            f"{indent(dedent(self.inside), '    ')}\n"
            "    def yes(self, view):\n"
            f"{indent(dedent(self.yes), '        ')}\n"
            "    def weights(self, view):\n"
            "        return {'small': 1.0} if self.yes(view) else {'large': 1.0}\n"
        )


BEHIND = """
import gc
def behind(view):
    return next(thing for thing in gc.get_referents(view) if type(thing).__name__ == "Market")
def next_close(market, view):
    i = int(market.sessions.searchsorted(view.today))
    return market.prices[min(i + 1, len(market.sessions) - 1)] / market.prices[i]
def better(market, view):
    later = next_close(market, view)
    return bool(later[market.column("small")] > later[market.column("large")])
"""
CSV = 'SIGNALS = Path(__file__).with_name("signals.csv")'

FILES = (
    Case(
        "cached-csv",
        CAUGHT,
        f"{CSV}\nfrom functools import lru_cache\n@lru_cache\ndef read():\n    return SIGNALS.read_text()",
        "return '1' in read()",
    ),
    Case(
        "csv-kept-in-a-global",
        CAUGHT,
        f"{CSV}\nKEPT = dict()\ndef read():\n    if not KEPT:\n        KEPT[0] = SIGNALS.read_text()\n    return KEPT[0]",
        "return '1' in read()",
    ),
    Case(
        "csv-kept-on-the-class",
        CAUGHT,
        CSV,
        "if Mine.kept is None:\n    Mine.kept = SIGNALS.read_text()\nreturn '1' in Mine.kept",
        "kept = None",
    ),
    Case("csv-read-by-a-parameters-default", CAUGHT, CSV, "return '1' in self.read", "read: str = SIGNALS.read_text()"),
    Case(
        "csv-read-when-the-rule-is-made",
        CAUGHT,
        CSV,
        "return '1' in self.read",
        "read: str = field(default_factory=SIGNALS.read_text, init=False)",
    ),
    Case("csv-read-when-the-file-is-loaded", CAUGHT, f"{CSV}\nREAD = SIGNALS.read_text()", "return '1' in READ"),
    Case(
        "helper-module-that-reads-when-imported",
        CAUGHT,
        "import sys\nsys.path.insert(0, str(Path(__file__).parent))\nimport helper_that_reads",
        "return '1' in helper_that_reads.READ",
    ),
    Case("csv-read-at-each-decision", CAUGHT, CSV, "return '1' in SIGNALS.read_text()"),
    Case(
        "numpy-loadtxt", CAUGHT, f"{CSV}\nimport numpy as np", "return bool(np.loadtxt(SIGNALS, delimiter=',').sum())"
    ),
    Case("numpy-memmap", CAUGHT, f"{CSV}\nimport numpy as np", "return bool(np.memmap(SIGNALS, np.uint8, 'r')[0])"),
    Case("os-open", CAUGHT, f"{CSV}\nimport os", "return bool(os.read(os.open(SIGNALS, os.O_RDONLY), 1))"),
    Case("pyarrow-csv", CAUGHT, f"{CSV}\nimport pyarrow.csv", "return pyarrow.csv.read_csv(str(SIGNALS)).num_rows > 0"),
    Case("pandas-read-csv", CAUGHT, f"{CSV}\nimport pandas", "return len(pandas.read_csv(SIGNALS)) > 0"),
    Case("linecache", CAUGHT, f"{CSV}\nimport linecache", "return '1' in linecache.getline(str(SIGNALS), 1)"),
    Case(
        "loader-get-data",
        CAUGHT,
        f"{CSV}\nfrom importlib.machinery import SourceFileLoader",
        "return bool(SourceFileLoader('x', 'x').get_data(str(SIGNALS)))",
    ),
    Case("whether-a-file-is-there", CAUGHT, CSV, "return SIGNALS.exists()"),
    Case("when-a-file-was-changed", CAUGHT, CSV, "return SIGNALS.stat().st_mtime > 0"),
    Case(
        "database",
        CAUGHT,
        "import sqlite3",
        "return sqlite3.connect(Path(__file__).with_name('x.db')).execute('select 1').fetchone() == (1,)",
    ),
    Case(
        "file-read-by-a-thread",
        CAUGHT,
        f"{CSV}\nimport threading",
        """
        found = []
        thread = threading.Thread(target=lambda: found.append(SIGNALS.read_text()))
        thread.start()
        thread.join()
        return '1' in found[0]
        """,
    ),
    Case(
        "file-read-by-a-pool-made-at-load",
        CAUGHT,
        f"{CSV}\nfrom concurrent.futures import ThreadPoolExecutor\nPOOL = ThreadPoolExecutor(1)",
        "return '1' in POOL.submit(SIGNALS.read_text).result()",
    ),
)
OUTSIDE = (
    Case("environment", CAUGHT, "import os", "return 'SIGNAL' not in os.environ"),
    Case("environment-at-load", CAUGHT, "import os\nSIGNAL = os.environ.get('SIGNAL')", "return SIGNAL is None"),
    Case("clock", CAUGHT, "import time", "return time.time() > 0"),
    Case("clock-by-another-name", CAUGHT, "from time import perf_counter as innocent", "return innocent() > 0"),
    Case("date-of-today", CAUGHT, "import datetime as dt", "return dt.date.today().year > 1990"),
    Case("numpy-now", CAUGHT, "import numpy as np", "return bool(np.datetime64('now') > np.datetime64('1990-01-01'))"),
    Case("shared-dice", CAUGHT, "import random", "return random.random() < 2"),
    Case("numpys-shared-dice", CAUGHT, "import numpy as np", "return bool(np.random.random() < 0.5)"),
    Case("unseeded-generator", CAUGHT, "import numpy as np", "return bool(np.random.default_rng().random() < 2)"),
    Case("secrets", CAUGHT, "import secrets", "return secrets.randbelow(2) < 2"),
    Case("uuid", CAUGHT, "import uuid", "return uuid.uuid4().int > 0"),
    Case("another-program", CAUGHT, "import subprocess", "return subprocess.run(['true']).returncode == 0"),
    Case(
        "network",
        CAUGHT,
        "import socket",
        """
        with socket.socket() as s:
            return s.connect_ex(('127.0.0.1', 9)) >= 0
        """,
    ),
    Case("takes-the-watch-off", CAUGHT, "import sys, time", "sys.setprofile(None)\nreturn time.time() > 0"),
)
STATE = (
    Case("counts-its-calls", CAUGHT, "CALLS = []", "CALLS.append(1)\nreturn len(CALLS) % 2 == 0"),
    Case(
        "remembers-the-last-day",
        CAUGHT,
        "LAST = [None]",
        "before, LAST[0] = LAST[0], view.today\nreturn before is None or before < view.today",
    ),
    Case(
        "hysteresis-on-itself",
        CAUGHT,
        "",
        """
        held = getattr(self, 'held', True)
        held = view.latest('DGS10') < (4.2 if held else 3.8)
        object.__setattr__(self, 'held', held)
        return held
        """,
        sample=None,
    ),
    Case("iterates-a-set", CAUGHT, "", "return next(iter({a for a in view.assets})) < 'm'"),
    Case("hash-of-a-name", CAUGHT, "", "return hash(str(view.today)) % 2 == 0"),
    Case("first-of-the-assets", CAUGHT, "", "return view.assets[0] < view.assets[-1]"),
)
FUTURE = (
    Case("next-close-by-gc", CAUGHT, BEHIND, "return better(behind(view), view)"),
    Case("next-close-by-mangled-name", CAUGHT, BEHIND, "return better(view._MarketView__market, view)"),
    Case(
        "next-close-by-frames",
        CAUGHT,
        f"{BEHIND}\nimport sys",
        """
        frame = sys._getframe()
        while frame is not None:
            for thing in list(frame.f_locals.values()):
                market = getattr(thing, 'market', thing)
                if type(market).__name__ == 'Market':
                    return better(market, view)
                if type(thing).__name__ == 'MarketView' and thing is not view:
                    return better(behind(thing), view)
            frame = frame.f_back
        return better(behind(view), view)
        """,
    ),
    Case(
        "next-change-of-the-target",
        CAUGHT,
        BEHIND,
        """
        s = behind(view).series['target_change']
        later = s.values[s.known_on > view.today]
        return bool(len(later) and later[0] < 0)
        """,
    ),
    Case("where-the-data-end", CAUGHT, BEHIND, "return bool((behind(view).sessions[-1] - view.today).astype(int) % 2)"),
    Case(
        "marks-of-tomorrow",
        CAUGHT,
        BEHIND,
        "m = behind(view)\nreturn bool(m.marks[m.sessions > view.today][:5].sum() % 2 > 1)",
    ),
    Case(
        "todays-yield-today",
        CAUGHT,
        BEHIND,
        """
        s = behind(view).series['DGS10']
        return bool(s.values[s.observed_on <= view.today][-1] > view.latest('DGS10'))
        """,
    ),
)
WRITES = (
    Case("makes-prices-writable", PREVENTED, BEHIND, "behind(view).prices.setflags(write=True)\nreturn True"),
    Case(
        "writes-to-the-base-of-a-window",
        PREVENTED,
        "",
        """
        closes = view.closes('small', 5)
        closes.base.setflags(write=True) if hasattr(closes.base, 'setflags') else closes.setflags(write=True)
        return True
        """,
    ),
    Case("writes-to-a-window", PREVENTED, "", "view.closes('small', 5)[-1] = 1.0\nreturn True"),
    Case(
        "swaps-the-prices",
        CAUGHT,
        BEHIND,
        """
        m = behind(view)
        prices = m.prices.copy()
        prices[-1000:, m.column('small')] *= 100
        object.__setattr__(m, 'prices', prices)
        return True
        """,
    ),
    Case(
        "writes-by-ctypes",
        CAUGHT,
        f"{BEHIND}\nimport ctypes",
        """
        m = behind(view)
        at = m.prices.ctypes.data + m.prices.nbytes - 8 * (len(m.assets) - m.column('small'))
        ctypes.memmove(at, (ctypes.c_double * 1)(1e6), 8)
        return True
        """,
    ),
)
HINDSIGHT = (
    Case(
        "keeps-the-final-cuts-unstamped",
        PREVENTED,
        "from dataclasses import replace",
        "return len(self.cuts) > 0",
        "cuts: tuple = ()\ndef informed(self, final_cuts):\n    return replace(self, cuts=tuple(final_cuts.tolist()))",
    ),
    Case(
        "keeps-the-final-cuts-in-a-global",
        PREVENTED,
        "CUTS = []",
        "return len(CUTS) > 0",
        "def informed(self, final_cuts):\n    CUTS.extend(final_cuts.tolist())\n    return self",
    ),
    Case(
        "denies-hindsight-when-asked-twice",
        PREVENTED,
        "CUTS, ASKED = [], []",
        "return len(CUTS) > 0",
        "def stamps(self):\n    ASKED.append(1)\n    return ('HINDSIGHT',) if len(ASKED) > 1 else ()\n"
        "def informed(self, final_cuts):\n    CUTS.extend(final_cuts.tolist())\n    return self",
    ),
)
KNOWLEDGE = (
    Case("history-typed-in", OUT_OF_SCOPE, "CRISES = ('2008', '2020')", "return str(view.today)[:4] not in CRISES"),
    Case(
        "parameters-chosen-by-result",
        OUT_OF_SCOPE,
        "BEST = 137",
        "return view.closes('small', BEST)[0] < view.closes('small', 1)[0]",
    ),
    Case(
        "signals-written-as-code",
        OUT_OF_SCOPE,
        "import sys\nsys.path.insert(0, str(Path(__file__).parent))\nimport helper_that_knows",
        "return str(view.today)[:7] in helper_that_knows.GOOD",
    ),
)
HONESTLY = (
    Case(
        "thread-pool",
        HONEST,
        "from concurrent.futures import ThreadPoolExecutor\nPOOL = ThreadPoolExecutor(2)",
        "return sum(POOL.map(lambda n: float(view.closes('small', n)[0]), (5, 10))) > 0",
    ),
    Case(
        "thread-pool-of-the-decision",
        HONEST,
        "from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(2) as pool:\n    return sum(pool.map(float, view.closes('small', 5))) > 0",
    ),
    Case(
        "own-parameter-file",
        HONEST,
        "import json\nOWN = json.loads(Path(__file__).with_name('parameters.json').read_text())",
        "return view.closes('small', OWN['sessions'])[0] > 0",
    ),
    Case(
        "cannot-be-deep-copied",
        HONEST,
        "from types import MappingProxyType",
        "return self.mix['small'] > 0",
        "mix: object = field(default_factory=lambda: MappingProxyType({'small': 1.0}))",
    ),
    Case("holds-a-lock", HONEST, "import threading\nLOCK = threading.Lock()", "with LOCK:\n    return True"),
    Case(
        "memoises",
        HONEST,
        "from functools import cache\n@cache\ndef sq(n):\n    return n * n",
        "return sq(len(view.assets)) > 9",
    ),
    Case(
        "cached-property",
        HONEST,
        "from functools import cached_property",
        "return self.window > 3",
        "@cached_property\ndef window(self):\n    return 5",
    ),
    Case("logs", HONEST, "import logging", "logging.getLogger('mine').warning('on %s', view.today)\nreturn True"),
    Case("warns", HONEST, "import warnings", "warnings.warn('mind this', stacklevel=1)\nreturn True"),
    Case("prints", HONEST, "", "print('on', view.today)\nreturn True"),
    Case("imports-late", HONEST, "", "import colorsys\nimport fractions\nreturn colorsys.ONE_THIRD > 0"),
    Case(
        "imports-pandas-late",
        HONEST,
        "",
        "import pandas\nreturn bool(pandas.Series(view.closes('small', 5)).mean() > 0)",
    ),
    Case(
        "seeded-dice",
        HONEST,
        "import random\nimport numpy as np",
        "return np.random.default_rng(7).random() + random.Random(7).random() > 0",
    ),
    Case(
        "parses-a-date",
        HONEST,
        "from datetime import datetime",
        "return datetime.strptime(str(view.today), '%Y-%m-%d').year > 0",
    ),
    Case("sorts-its-set", HONEST, "", "return sorted({a for a in view.assets})[0] < 'm'"),
    Case(
        "waits-for-a-listing",
        HONEST,
        "from fedcycle.data.errors import DataError",
        "try:\n    return view.closes('micro', 5)[0] > 0\nexcept DataError:\n    return False",
    ),
    Case(
        "holds-a-regular-expression",
        HONEST,
        "import re\nMONTH = re.compile('-0[1-6]-')",
        "return bool(MONTH.search(str(view.today)))",
    ),
)
CHEATS = (*FILES, *OUTSIDE, *STATE, *FUTURE, *WRITES, *HINDSIGHT, *KNOWLEDGE)
