"""YAML as it is read: what plain scalars mean, and what is refused before anything is built."""

from __future__ import annotations

import doctest
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fedcycle.backtests.config import yaml_reader
from fedcycle.backtests.config.yaml_reader import Source, parse, parse_value, plain, read, scalar, shown
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.data import suggest

SOURCE = Source("study.yaml", Path())


def values(text: str) -> object:
    return plain(parse(text, SOURCE))


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, SOURCE)
    return str(caught.value)


@pytest.mark.parametrize("module", [yaml_reader, suggest])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value"),
    # The core schema of YAML 1.2.2, section 10.3.2, and ISO dates.
    [
        ("ON", "ON"),
        ("yes", "yes"),
        ("No", "No"),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("", None),
        ("Null", None),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.5", -0.5),
        ("5", 5),
        ("+7", 7),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("0b1", "0b1"),
        ("-.inf", float("-inf")),
        (".INF", float("inf")),
        ("2020-01-02", date(2020, 1, 2)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2023-02-29", "2023-02-29"),
        ("2020-1-2", "2020-1-2"),
        ("20200102", 20200102),
        ("2020-01-02T00:00:00", "2020-01-02T00:00:00"),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_quoted_scalars_stay_texts() -> None:
    assert values("a: '5'\nb: \"2020-01-02\"\nc: 'true'\nd: |\n  7\n") == {
        "a": "5",
        "b": "2020-01-02",
        "c": "true",
        "d": "7\n",
    }


def test_keys_are_taken_as_written() -> None:
    assert values("ON: 1\n2020-01-02: 2\nnull: 3\n'5': 4\n") == {"ON": 1, "2020-01-02": 2, "null": 3, "5": 4}


def test_every_value_knows_its_line() -> None:
    root = parse("a: 1\nb:\n  c: 2\n  d:\n    - 3\n    - 4\ne: {f: 5,\n  g: 6}\n", SOURCE)
    b, e = root.entries["b"], root.entries["e"]
    items = b.entries["d"].value
    assert isinstance(items, tuple)
    lines = [node.line for node in (root.entries["a"], b, b.entries["c"], b.entries["d"], *items, e, e.entries["g"])]
    assert lines == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a: 1\nb: !!python/object/apply:os.system ['echo hi']\n", "study.yaml:2:", "tag"),
        ("a: !!str 1\n", "study.yaml:1:", "tag"),
        ("a: !mine {b: 1}\n", "study.yaml:1:", "tag"),
        ("a: ! 1\n", "study.yaml:1:", "tag"),
        ("!!python/name:os.system a: 1\n", "study.yaml:1:", "tag"),
        ("%TAG ! tag:example.org:\n---\na: !b 1\n", "study.yaml:3:", "tag"),
        ("a: &x 1\n", "study.yaml:1:", "anchors and aliases"),
        ("a: 1\nb: *x\n", "study.yaml:2:", "anchors and aliases"),
        ("a: 1\nb: 2\na: 3\n", "study.yaml:3:", "'a' is there twice; the first is on study.yaml:1"),
        ("a: {b: 1, b: 2}\n", "study.yaml:1:", "'b' is there twice"),
        ("a: 1\n---\nb: 2\n", "study.yaml:2:", "second document"),
        ("a: 1\n...\nb: 2\n", "study.yaml:3:", ""),
        ("- a\n- b\n", "study.yaml:1:", "is a list"),
        ("just words\n", "study.yaml:1:", "a single value"),
        ("", "study.yaml:1:", "empty"),
        ("# only a comment\n", "study.yaml:", "empty"),
        ("---\n", "study.yaml:", "empty"),
        ("%YAML 1.1\n---\na: ON\n", "study.yaml:1:", "YAML version"),
        ("a: 1\n[b]: 2\n", "study.yaml:2:", "a key must be a plain word"),
        ("a: b: c\n", "study.yaml:1:", "quotes"),
        ("a: 1\nb: [1, 2\n", "study.yaml:", "bracket"),
        ("a:\n\t- 1\n", "study.yaml:2:", "spaces, not tabs"),
        ("a: 'open\n", "study.yaml:", "close the quotation mark"),
        ('a: "\\U99999999"\n', "study.yaml:", "does not allow"),
        ("a: 1\nb: \x01\n", "study.yaml:2:", "does not allow"),
        ('a: 1\nb: "\\0"\n', "study.yaml:2:", "control character U+0000"),
        ('a: "\\ud800"\n', "study.yaml:1:", "U+D800"),
        ("a: " + "9" * 5000 + "\n", "study.yaml:1:", "5000 digits"),
    ],
)
def test_what_a_config_must_not_hold_is_one_sentence_with_its_line(text: str, place: str, said: str) -> None:
    sentence = refusal(text)
    assert sentence.startswith(place)
    assert said in sentence
    assert "\n" not in sentence


def test_a_python_tag_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    refusal(f"a: !!python/object/apply:os.system ['touch {mark}']\n")
    assert not mark.exists()


def test_a_bomb_is_refused_at_its_first_anchor() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(c + 1)}: &{chr(c + 1)} [{', '.join([f'*{chr(c)}'] * 9)}]" for c in range(ord("a"), ord("j"))]
    assert refusal("\n".join(lines)).startswith("study.yaml:1: anchors")


@pytest.mark.parametrize("text", ["a: " + "[" * 500 + "]" * 500, "a: " + "{b: " * 500 + "1" + "}" * 500])
def test_depth_500_is_refused_by_depth_not_by_the_stack(text: str) -> None:
    assert "more than 20 deep" in refusal(text)


def test_depth_20_is_read() -> None:
    assert values("a: " + "[" * 19 + "]" * 19)
    assert "more than 20 deep" in refusal("a: " + "[" * 20 + "]" * 20)


def test_a_missing_file_a_folder_and_bytes_that_are_no_text_are_one_sentence(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"name: x\nquestion: caf\xe9\n")
    long = tmp_path / "long.yaml"
    long.write_bytes(b"#" * 200_000)
    for path, said in [
        (tmp_path, "is a folder"),
        (tmp_path / "none.yaml", "No such file"),
        (latin, "f.yaml:2: byte 0xe9 is not UTF-8"),
        (long, "longer than 100,000 bytes"),
        (Path("a\0b"), "null byte"),
        (Path("x" * 300), "too long"),
    ]:
        with pytest.raises(ConfigError) as caught:
            read(path, Source("f.yaml", tmp_path))
        assert said in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the super-user may read anything")
def test_a_file_that_may_not_be_read_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "locked.yaml"
    path.write_text("name: x\n")
    path.chmod(0)
    with pytest.raises(ConfigError, match=r"locked.yaml cannot be read: Permission denied"):
        read(path, Source("locked.yaml", tmp_path))


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\n")
    assert plain(read(path, SOURCE)) == {"name": "x"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("", None),
        (" 5 ", 5),
        ("{pause: {months: 3}}", {"pause": {"months": 3}}),
        ("[1, a, 2020-01-02]", [1, "a", date(2020, 1, 2)]),
        ("'5'", "5"),
        ("Does it pay: yes or no?", "Does it pay: yes or no?"),
        ("-0.3", -0.3),
    ],
)
def test_a_value_on_the_command_line_is_a_scalar_or_a_flow_value(text: str, value: object) -> None:
    assert plain(parse_value(text, SOURCE)) == value


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system [x]", "&a 1", "*a", "{a: *b}", "[" * 500, "{a: 1"])
def test_a_value_on_the_command_line_is_no_way_in_either(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^--set a="):
        parse_value(text, Source("--set a=" + text, Path()))


def test_a_sentence_shows_values_as_yaml_writes_them_and_not_for_ever() -> None:
    assert shown({"a": [1, None, True, date(2020, 1, 2), "x"]}) == "{a: [1, null, true, 2020-01-02, 'x']}"
    assert len(shown("x" * 1000)) == 60


def said(reader: Callable[[str, Source], object], text: str) -> str:
    try:
        reader(text, SOURCE)
    except ConfigError as error:
        return str(error)
    return ""


@given(st.text(max_size=200))
@example("? a\n: b")
@example("a: |2\n b")
@example("<<: {a: 1}")
@example("\ufeffa: 1")
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    assert "\n" not in said(parse, text)
    assert "\n" not in said(parse_value, text)


@given(st.text(alphabet="ab:-?[]{}&*!|>'\"%@`#, \n\t\\0.xU", max_size=80))
def test_any_punctuation_is_read_or_refused_in_one_line(text: str) -> None:
    assert "\n" not in said(parse, text)
    assert "\n" not in said(parse_value, text)


def test_a_config_of_almost_the_most_bytes_is_read(write: Callable[[str, str], Path]) -> None:
    path = write("long.yaml", "a: [1, 2, {b: c}]\n" * 1 + "b: [" + "1, " * 33_000 + "]\n")
    assert len(plain(read(path, SOURCE))["b"]) == 33_000
