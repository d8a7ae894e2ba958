"""The cache of tables: never trusted without its digests, never needed."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from fedcycle.backtests.claims.kept import REUSED, claims_document
from fedcycle.backtests.tearsheet import markup
from fedcycle.data.dataset import load_market
from fedcycle.data.storage import cache

TEXT = b"date,a,b\n2020-01-02,1.5,\n2020-01-03,2.5,3.25\n"
DATES = np.array(["2020-01-02", "2020-01-03"], dtype="datetime64[D]")


def table(values=((1.5, np.nan), (2.5, 3.25))):
    return ("a", "b"), DATES, np.array(values)


def never():
    raise AssertionError("it was read again")


def same(one, other):
    return one[0] == other[0] and (one[1] == other[1]).all() and np.array_equal(one[2], other[2], equal_nan=True)


@pytest.fixture
def folder(tmp_path):
    with cache.use_cache_dir(tmp_path / "cache"):
        yield tmp_path / "cache"


def test_what_was_read_once_is_not_read_again(folder):
    assert same(cache.grid(TEXT, table), table())
    found = cache.grid(TEXT, never)
    assert same(found, table())
    assert not found[2].flags.writeable


def test_another_text_is_another_table(folder):
    cache.grid(TEXT, table)
    other = table([[9.0, 9.0], [9.0, 9.0]])
    assert same(cache.grid(TEXT + b" ", lambda: other), other)


@pytest.mark.parametrize(
    "harm",
    [
        lambda content: content[:-8],
        lambda content: b"",
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: b"0" * 64 + content[64:],
        lambda content: content + b"x",
        lambda content: b"not a table",
    ],
)
def test_a_file_that_is_not_what_was_written_is_made_again(folder, harm):
    cache.grid(TEXT, table)
    (file,) = folder.glob("*.grid")
    whole = file.read_bytes()
    file.write_bytes(harm(whole))
    assert same(cache.grid(TEXT, table), table())
    assert file.read_bytes() == whole


def test_a_whole_file_under_another_ones_name_is_not_used(folder):
    cache.grid(TEXT, table)
    (file,) = folder.glob("*.grid")
    cache.grid(TEXT + b" ", lambda: table([[9.0, 9.0], [9.0, 9.0]]))
    (other,) = set(folder.glob("*.grid")) - {file}
    file.write_bytes(other.read_bytes())
    assert same(cache.grid(TEXT, table), table())


def test_a_folder_that_cannot_be_written_is_as_good_as_none(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with cache.use_cache_dir(tmp_path / "file" / "cache"):
        assert same(cache.grid(TEXT, table), table())


def test_without_a_folder_nothing_is_kept(tmp_path):
    assert same(cache.grid(TEXT, table), table())
    assert not list(tmp_path.iterdir())


def test_the_market_from_the_cache_is_the_market(folder):
    first = load_market("bundle")
    assert list(folder.glob("*.grid"))
    assert load_market("bundle").digest == first.digest


def _write(folder: str, go: object) -> None:
    go.wait(timeout=60)
    with cache.use_cache_dir(Path(folder)):
        for _ in range(50):
            for file in Path(folder).glob("*.grid"):
                file.unlink(missing_ok=True)
            assert same(cache.grid(TEXT, table), table())


def test_two_processes_that_write_at_once_leave_a_whole_file(folder):
    context = multiprocessing.get_context("spawn")
    go = context.Barrier(2)
    workers = [context.Process(target=_write, args=(str(folder), go)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=240)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert same(cache.grid(TEXT, table), table())


DOCUMENT = {"answer": [1.5, None, "words"], "nested": {"a": True}}


def test_a_document_is_worked_out_once(folder):
    assert cache.document("0a", lambda: DOCUMENT) == DOCUMENT
    assert cache.document("0a", never) == DOCUMENT
    assert cache.document("0b", lambda: {"another": 1}) == {"another": 1}


def test_a_document_that_was_changed_or_moved_is_worked_out_again(folder):
    cache.document("0a", lambda: DOCUMENT)
    file = folder / "0a.json"
    file.write_bytes(file.read_bytes().replace(b"1.5", b"2.5"))
    assert cache.document("0a", lambda: DOCUMENT) == DOCUMENT
    (folder / "0b.json").write_bytes(file.read_bytes())
    assert cache.document("0b", lambda: {"another": 1}) == {"another": 1}


def test_without_a_folder_a_document_is_what_was_worked_out():
    assert cache.document("0a", lambda: DOCUMENT) is DOCUMENT


def test_whoever_asks_is_told_that_a_document_was_worked_out_before(folder):
    told = []
    for _ in range(2):
        cache.document("ab" * 32, lambda: {"x": 1.5}, on_reuse=lambda: told.append("again"))
        told.append("asked")
    assert told == ["asked", "again", "asked"]


def test_the_statements_say_that_they_were_worked_out_before(folder):
    market, told = load_market("bundle"), []
    day = np.datetime64("2003-01-02")
    first, second = (claims_document(market, as_of=day, notify=told.append) for _ in range(2))
    assert told == [REUSED]
    assert first == second


def test_bytes_are_kept_under_their_name_alone_and_only_as_they_were(tmp_path):
    with cache.use_cache_dir(tmp_path):
        assert cache.kept("one.template") is None
        cache.keep("one.template", b"compiled")
        assert cache.kept("one.template") == b"compiled"
        (tmp_path / "two.template").write_bytes((tmp_path / "one.template").read_bytes())
        assert cache.kept("two.template") is None
        changed = bytearray((tmp_path / "one.template").read_bytes())
        changed[-1] ^= 1
        (tmp_path / "one.template").write_bytes(changed)
        assert cache.kept("one.template") is None
    cache.keep("one.template", b"compiled")
    assert cache.kept("one.template") is None


def test_a_page_is_the_same_from_templates_compiled_before_and_from_a_cache_that_was_tampered_with(tmp_path):
    def written():
        markup._templates.cache_clear()
        return markup.fragment("sentences.html", title="T", stamps=("A",), sentences=["One & two."])

    fresh = written()
    with cache.use_cache_dir(tmp_path):
        assert written() == fresh
        (file,) = tmp_path.glob("*.template")
        assert written() == fresh
        file.write_bytes(b"\0" * 100)
        assert written() == fresh
    markup._templates.cache_clear()
