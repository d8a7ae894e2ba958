"""Accounts from files, good and bad: what is read, what is refused by name, and what stops with one sentence."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fedcycle.data.errors import DataError
from fedcycle.data.fundamentals import ingest
from fedcycle.data.fundamentals.facts import Facts, counts
from fedcycle.data.fundamentals.items import Items, read_items
from fedcycle.data.fundamentals.known import known
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.sources import company_tables, facts_file, sec_companyfacts, sec_statements, simfin, stock_prices

from .conftest import Zip, filing, number


def values(facts: Facts, item: str) -> list[float]:
    return facts.value[facts.item.codes == facts.item.names.index(item)].tolist()


def test_values_of_segments_of_co_registrants_and_of_own_tags_are_left_out(dataset: Zip, items: Items) -> None:
    num = [
        number("Assets", 100), number("Assets", 40, segments="BusinessSegments=A;"), number("Assets", 9, coreg="Sub"),
        number("Assets", 7, version="a-1"), number("StockholdersEquity", 5, qtrs=9),
    ]  # fmt: skip
    read = sec_statements.read(dataset([filing()], num), items)
    assert values(read.facts, "assets") == [100.0]
    assert read.report.left_out == {
        "values of a segment": 1, "values of a co-registrant": 1, "values over more than four quarters": 1,
    }  # fmt: skip


def test_one_value_said_twice_is_one_and_two_values_are_refused(dataset: Zip, items: Items) -> None:
    num = [number("Assets", 100), number("Assets", 100, version="us-gaap/2018"),
           number("StockholdersEquity", 50), number("StockholdersEquity", 51, version="us-gaap/2018")]  # fmt: skip
    read = sec_statements.read(dataset([filing()], num), items)
    assert counts(read.facts.item) == {"sic": 1, "assets": 1}
    assert [(r.item, r.reason) for r in read.report.refused] == [("StockholdersEquity", "two values")]


def test_debt_is_read_from_the_first_definition_that_can_be_answered(dataset: Zip, items: Items) -> None:
    num = [number("LongTermDebtCurrent", 30), number("ShortTermBorrowings", 12), number("CommercialPaper", 8)]
    read = sec_statements.read(dataset([filing()], num), items)
    assert values(read.facts, "debt_current") == [42.0]
    assert "LongTermDebtCurrent+ShortTermBorrowings" in read.facts.tag.names


def test_a_company_without_a_tag_of_debt_has_no_debt_fact_rather_than_zero(dataset: Zip, items: Items) -> None:
    read = sec_statements.read(dataset([filing()], [number("Assets", 1)]), items)
    assert "debt_current" not in read.facts.item.names


def test_what_is_wrong_is_refused_by_name(dataset: Zip, items: Items) -> None:
    num = [
        number("DebtCurrent", -5), number("Assets", 100, uom="CAD"), number("StockholdersEquity", 3, ddate="20200930"),
        number("CommonStockSharesOutstanding", 0, uom="shares"),
    ]  # fmt: skip
    read = sec_statements.read(dataset([filing()], num), items)
    assert {(r.item, r.reason) for r in read.report.refused} == {
        ("debt_current", "negative"), ("assets", "other currency"), ("equity", "published before its period ends"),
        ("shares", "not positive"),
    }  # fmt: skip
    assert {r.company for r in read.report.refused} == {"0000001234"}


def test_an_amendment_is_a_new_fact_beside_the_old_one(dataset: Zip, items: Items) -> None:
    amended = filing("a-2", form="10-Q/A", filed="20200701", accepted="2020-07-01 17:00:00.0")
    read = sec_statements.read(
        dataset([filing(), amended], [number("Assets", 100), number("Assets", 90, adsh="a-2")]), items
    )
    steps = known(read.facts, items.kinds, Report(""))
    assets = steps.item.codes == steps.item.names.index("assets")
    assert steps.value[assets].tolist() == [100.0, 90.0]
    assert steps.known_on[assets].astype(str).tolist() == ["2020-05-05", "2020-07-02"]


def test_a_name_in_latin_1_is_read(dataset: Zip, items: Items, tmp_path: Path) -> None:
    path = dataset([filing(name="XXXX")], [number("Assets", 1)])
    with zipfile.ZipFile(path) as archive:
        sub, num = archive.read("sub.txt"), archive.read("num.txt")
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as archive:
        archive.writestr("sub.txt", b"\xef\xbb\xbf" + sub.replace(b"XXXX", b"Caf\xe9"))
        archive.writestr("num.txt", num)
    assert sec_statements.read(tmp_path / "l.zip", items).names == {"0000001234": "Café"}


def test_the_edition_without_times_of_acceptance_is_known_the_day_after(raw: Path, items: Items) -> None:
    read = sec_statements.read(raw / "sec" / "daily-20250701.zip", items)
    assert set(read.facts.known_on.astype(str).tolist()) == {"2025-07-02"}
    assert len(read.names) == 6


def test_damaged_archives_stop_with_a_sentence(dataset: Zip, items: Items, tmp_path: Path) -> None:
    whole = dataset([filing()], [number("Assets", k) for k in range(500)])
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-100])
    page = tmp_path / "page.zip"
    page.write_bytes(b"<!DOCTYPE html><title>Request rate exceeded</title>")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("sub.txt", "adsh\tcik\n1\n")
    for path, said in ((cut, "not a whole zip file"), (page, "is a web page"), (other, "no column name")):
        with pytest.raises(DataError, match=said):
            sec_statements.read(path, items)


def test_a_zip_bomb_is_refused_before_anything_is_unpacked(items: Items, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sub.txt", b"0" * 2**25)
    with pytest.raises(DataError, match=r"would unpack from .* to 33,554,432 bytes.*nothing was unpacked"):
        sec_statements.read(path, items)


def test_company_facts_give_snowflakes_years_as_filed(raw: Path, items: Items) -> None:
    """10-K of 2021-03-31, accession 0001640147-21-000073: a loss of 539,102 thousand; 348,535 the year before."""
    read = sec_companyfacts.read(raw / "sec/companyfacts/CIK0001640147.json", items)
    steps = known(read.facts, items.kinds, Report(""))
    mine = np.flatnonzero(
        (steps.item.codes == steps.item.names.index("net_income")) & (steps.known_on == np.datetime64("2021-04-01"))
    )
    assert steps.value[mine].tolist() == [-539102000.0]
    assert steps.year_ago[mine].tolist() == [-348535000.0]
    assert steps.source.names[steps.source.codes[mine[0]]] == "0001640147-21-000073"


def test_a_fact_is_known_by_its_first_filing_not_by_the_one_with_a_frame(items: Items, tmp_path: Path) -> None:
    entry = {"end": "2020-03-31", "val": 5, "fy": 2020, "fp": "Q1", "form": "10-Q"}
    entries = [
        entry | {"accn": "a", "filed": "2020-05-05"},
        entry | {"accn": "b", "filed": "2021-05-05", "frame": "CY2020Q1I"},
    ]
    document = {"cik": 7, "entityName": "X", "facts": {"us-gaap": {"Assets": {"units": {"USD": entries}}}}}
    path = tmp_path / "CIK0000000007.json"
    path.write_text(json.dumps(document))
    steps = known(sec_companyfacts.read(path, items).facts, items.kinds, Report(""))
    assert steps.known_on.astype(str).tolist() == ["2020-05-06"]
    joined = sec_companyfacts.read(path, items, accepted={"a": 18387}).facts
    assert str(joined.known_on.min()) == "2020-05-05"


def test_a_company_that_reports_in_ifrs_terms_is_refused_by_name(raw: Path, items: Items) -> None:
    read = sec_companyfacts.read(raw / "sec/companyfacts/CIK0001997711.json", items)
    assert [(r.company, r.reason) for r in read.report.refused] == [("0001997711", sec_companyfacts.IFRS_ONLY)]


def test_json_that_is_an_error_page_stops_alone_and_is_refused_in_the_bulk(items: Items, tmp_path: Path) -> None:
    page = tmp_path / "CIK1.json"
    page.write_text("<html>Undeclared automated tool</html>")
    with pytest.raises(DataError, match="is a web page"):
        sec_companyfacts.read(page, items)
    good = {"cik": 2, "entityName": "B", "facts": {"dei": {}}}
    with zipfile.ZipFile(tmp_path / "bulk.zip", "w") as archive:
        archive.write(page, "CIK1.json")
        archive.writestr("CIK2.json", json.dumps(good))
    ((_, _, read),) = sec_companyfacts.read_bulk(tmp_path / "bulk.zip", items, accepted={})
    assert [(r.company, r.reason) for r in read.report.refused] == [("CIK1", "not a company's facts")]
    assert read.names == {"0000000002": "B"}


def test_a_second_run_reads_nothing_again_and_goes_on_after_a_kill(dataset: Zip, items: Items, tmp_path: Path) -> None:
    zips = [
        dataset([filing()], [number("Assets", 1)], "a.zip"),
        dataset([filing("b-1")], [number("Assets", 2, adsh="b-1")], "b.zip"),
    ]
    first = ingest.ingest(zips, tmp_path / "facts", items)
    first[1].path.with_suffix(".json").unlink()  # killed before the report of the second was written
    again = ingest.ingest(zips, tmp_path / "facts", items)
    assert [part.reused for part in again] == [True, False]
    assert [part.report.facts for part in again] == [2, 2]


def test_a_bulk_zip_goes_on_with_the_batch_it_was_killed_in(
    items: Items, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five companies in batches of two; the process dies when the second batch's table is written, its report not."""
    monkeypatch.setattr(sec_companyfacts, "BATCH", 2)
    with zipfile.ZipFile(tmp_path / "companyfacts.zip", "w") as archive:
        for k in range(1, 6):
            entry = {"end": "2020-03-31", "val": 100 * k, "accn": f"a-{k}", "filed": "2020-05-05", "form": "10-Q"}
            said = {"cik": k, "entityName": f"C{k}", "facts": {"us-gaap": {"Assets": {"units": {"USD": [entry]}}}}}
            archive.writestr(f"CIK{k:010d}.json", json.dumps(said))
    write = ingest.atomic.write_file

    def dies(path: Path, content: bytes) -> None:
        if path.name.endswith("-0001.json"):
            raise KeyboardInterrupt
        write(path, content)

    monkeypatch.setattr(ingest.atomic, "write_file", dies)
    with pytest.raises(KeyboardInterrupt):
        ingest.ingest([tmp_path / "companyfacts.zip"], tmp_path / "facts", items)
    monkeypatch.setattr(ingest.atomic, "write_file", write)
    again = ingest.ingest([tmp_path / "companyfacts.zip"], tmp_path / "facts", items)
    assert [part.reused for part in again] == [True, False, False]
    whole = ingest.ingest([tmp_path / "companyfacts.zip"], tmp_path / "once", items)
    assert [part.path.read_bytes() for part in again] == [part.path.read_bytes() for part in whole]
    steps = ingest.known_of(ingest.read_parts(tmp_path / "facts"), items, Report(""))
    assert steps.value.tolist() == [100.0, 200.0, 300.0, 400.0, 500.0]


def test_steps_made_in_blocks_are_those_made_at_once(
    raw: Path, items: Items, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ingest.ingest([raw / "sec/2010q2.zip"], tmp_path / "facts", items)
    whole = ingest.known_of(parts, items, Report(""))
    monkeypatch.setattr(ingest, "BLOCK", 5_000)
    blocks = ingest.known_of(parts, items, Report(""))
    for name in ("known_on", "end", "value", "year_ago", "filed"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(blocks, name))
    assert whole.company.names == blocks.company.names


def test_simfins_blank_debt_is_missing_and_early_publications_are_refused(raw: Path) -> None:
    facts, report = simfin.read(raw / "stocks/us-balance-quarterly.csv")
    assert report.left_out["blank Short Term Debt"] == 4204
    # 28 rows are published on or before their period's end, 2 of them on the day itself: these are known the day after.
    assert len({(r.company, r.period) for r in report.refused if r.reason.startswith("published")}) == 26
    assert (facts.known_on > facts.filed).all()


def test_facts_of_ones_own_are_read_and_faults_named_by_line(items: Items, tmp_path: Path) -> None:
    head = "company,item,start,end,value,known_on\n"
    good = "X,net_income,2019-01-01,2019-12-31,5e6,2020-03-01\nX,assets,,2019-12-31,9e6,2020-03-01\n"
    path = tmp_path / "own.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (head + good).encode())
    facts, _ = facts_file.read(path, items)
    assert facts.value.tolist() == [5e6, 9e6]
    path.write_text(head + good + "X,net_income,,2019-12-31,1,2020-03-01\nX,assets,,2020-12-31,1,2020-03-01\n")
    assert [r.reason for r in facts_file.read(path, items)[1].refused] == [
        facts_file.NO_START,
        "published before its period ends",
    ]
    for bad, said in (
        ("X,asets,,2019-12-31,1,2020-03-01", "item is 'asets'"),
        ("X,assets,,31.12.2019,1,2020-03-01", "no day"),
        ("X,assets,,2019-12-31,1_000,2020-03-01", "not a number"),
    ):
        path.write_text(head + bad + "\n")
        with pytest.raises(DataError, match=rf"own.csv:2: .*{said}"):
            facts_file.read(path, items)


def test_a_users_items_take_the_place_of_their_namesakes(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("item,kind,unit,order,tag,reason\ncash,stock,USD,1,Cash,mine\ngoodwill,stock,USD,1,Goodwill,new\n")
    items = read_items(path)
    assert [d.reason for d in items.by_item["cash"]] == ["mine"]
    assert "goodwill" in items.names
    path.write_text("item,kind,unit,order,tag,reason\ncash,stock,USD,1,A + + B,mine\n")
    with pytest.raises(DataError, match=r"items.csv:2: 'A \+ \+ B' is not tags"):
        read_items(path)


SESSIONS = np.arange("2020-01-01", "2020-07-01", dtype="datetime64[D]")


def test_prices_with_a_mark_in_latin_1_or_none_at_all_are_read_or_stop_with_a_sentence(tmp_path: Path) -> None:
    rows = "".join(f"CAF\xc9,{day},10,100\n" for day in SESSIONS)
    path = tmp_path / "p.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"Ticker,Date,Close,Volume\n{rows}".encode())
    assert stock_prices.read(path, SESSIONS).tickers == ("CAF\xc9",)
    named = rows.replace("CAF\xc9,", "CAFE,Caf\xc9,")
    path.write_bytes(f"Ticker,Name,Date,Close,Volume\n{named}".encode("latin-1"))
    assert stock_prices.read(path, SESSIONS).tickers == ("CAFE",)
    path.write_text("<html>Too many requests</html>")
    with pytest.raises(DataError, match=r"p\.csv has no column close, date, ticker"):
        stock_prices.read(path, SESSIONS)
    (tmp_path / "p.parquet").write_bytes(b"PAR1" + bytes(40))
    with pytest.raises(DataError, match=r"p\.parquet is no table of prices"):
        stock_prices.read(tmp_path / "p.parquet", SESSIONS)


def bars(path: Path, rows: list[str]) -> Path:
    path.write_text("ticker,date,close,volume\n" + "\n".join(rows) + "\n")
    return path


def test_prices_that_contradict_themselves_are_refused_stock_by_stock(tmp_path: Path) -> None:
    rows = [f"OK,{day},10,100" for day in SESSIONS]
    rows += [f"TWICE,{day},10,1" for day in (*SESSIONS[:30], SESSIONS[3])]
    rows += [f"FLIP,{day},{10 if k % 2 else 100},1" for k, day in enumerate(SESSIONS[:40])]
    rows += [f"REUSED,{day},5,1" for day in (*SESSIONS[:30], *SESSIONS[100:130])]
    rows += [f"STRAY,{day},5,1" for day in (SESSIONS[0], *SESSIONS[80:120])]
    rows += ["OK,2019-12-31,10,1", "DUST,2020-01-02,0.0001,5"]
    read = stock_prices.read(bars(tmp_path / "p.csv", rows), SESSIONS)
    assert read.tickers == ("OK", "REUSED", "STRAY")
    reasons = {ticker: why.partition(":")[0] for ticker, why in read.refused}
    assert reasons == {
        "TWICE": "repeated", "FLIP": stock_prices.FLIPPING, "REUSED": stock_prices.REUSED,
        "STRAY": "1 stray bars before a gap left out",
    }  # fmt: skip
    there = (~np.isnan(read.level)).sum(axis=0)
    assert there.tolist() == [len(SESSIONS), 30, 40]
    assert read.left_out["rows on days without a session"] == 1
    assert read.left_out["rows without a close of at least 0.001 dollars"] == 1


def test_a_ticker_of_two_companies_or_sectors_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("ticker,company,sector\nA,1,Energy\nB,2,Energy\nB,3,Energy\nC,4,Energy\nC,4,Utilities\n")
    read = company_tables.read(path)
    assert list(read.by_ticker) == ["A"]
    assert [ticker for ticker, _ in read.refused] == ["B", "C"]
