"""YAML text to values that know their line, from the nodes of ruamel: no object is ever constructed from a file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from fedcycle.backtests.core.errors import ConfigError

MOST_BYTES = 100_000
"""A config is a page of text; ruamel takes about a second for this much."""
MOST_DEPTH = 20
"""The deepest key of ours lies five levels down."""
MOST_DIGITS = 18
"""No quantity here needs more, and float64 tells no more apart."""

Scalar: TypeAlias = bool | int | float | str | date | None

_NULL = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(?:(inf|Inf|INF)|nan|NaN|NAN)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_ALIASES = "anchors and aliases (&name, *name) are not read; write the value out"
_TOO_DEEP = f"values are nested more than {MOST_DEPTH} deep; no key of a config needs that"
_PROBLEMS = {
    "found undefined alias": _ALIASES,
    "but found another document": "a second document begins here; keep one config in a file",
}
_REMEDIES = {
    "mapping values are not allowed": "put a text that contains ': ' in quotes, and check the indentation",
    "'\\t'": "indent with spaces, not tabs",
    "expected ',' or": "close the bracket",
    "while scanning a quoted scalar": "close the quotation mark",
    "could not find expected ':'": "write 'key: value', with a space after the colon",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where values come from: a file or a ``--set``, and the folder that relative paths in it start from."""

    name: str
    directory: Path


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a config and where it stands.

    Parameters
    ----------
    value : a scalar, a tuple of nodes or a mapping of key to node
    source : the file or ``--set`` that says so
    line : from 1; of the value, or of the key where the value is a mapping or a list; None in a ``--set``
    written : the key as it was written, where that was an old name of the one it stands under; else None
    """

    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    source: Source
    line: int | None
    written: str | None = None

    @property
    def place(self) -> str:
        """Return ``file:line``, or the ``--set`` itself."""
        return place(self.source, self.line)

    @property
    def entries(self) -> Mapping[str, Node]:
        """Return the entries of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, Mapping) else {}


def place(source: Source, line: int | None) -> str:
    """Return ``file:line``, or only the source where there is no line."""
    return source.name if line is None else f"{source.name}:{line}"


def plain(node: Node) -> Any:
    """Return a node as dicts, lists and scalars."""
    if isinstance(node.value, Mapping):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [plain(child) for child in node.value]
    return node.value


def shown(value: object) -> str:
    """Return a value as a sentence shows it: the way YAML writes it, on one line, at most 60 characters."""
    text = _flow(value)
    return text if len(text) <= 60 else text[:57] + "..."


def printable(text: str) -> str:
    """Return a text as a sentence shows it without quotes: on one line, whatever is in it."""
    return text if text.isprintable() else ascii(text)[1:-1]


def _flow(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{printable(str(key))}: {_flow(v)}" for key, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return repr(value) if isinstance(value, str) else str(value)


def read(path: Path, source: Source) -> Node:
    """Return the mapping that a file holds; raises ConfigError with file and line for anything else."""
    try:
        if path.is_dir():
            raise ConfigError(f"{source.name} is a folder; name a config file in it, such as {source.name}/study.yaml")
        if path.is_fifo() and not path.is_relative_to("/dev"):  # a shell's own pipes lie there, and end
            raise ConfigError(f"{source.name} is a pipe, which need not end; name a config file")
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{source.name} cannot be read: {why}; name a config file that you may read") from error
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{source.name} is longer than {MOST_BYTES:,} bytes; a config is a page of text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        bad = content[error.start]
        raise ConfigError(f"{place(source, line)}: byte 0x{bad:02x} is not UTF-8; save the file as UTF-8") from error
    return parse(text, source)


@lru_cache(maxsize=64)
def parse(text: str, source: Source) -> Node:
    """Return the mapping that a text holds; raises ConfigError with source and line for anything else.

    What is read is kept by its text: a sweep, a comparison and an audit read the base of a config more than once, and
    ruamel takes some 20 ms for each.
    """
    root = _Reader(text, source, numbered=True).document()
    if not isinstance(root.value, Mapping):
        kind = "empty" if root.value is None else "a list" if isinstance(root.value, tuple) else "a single value"
        raise ConfigError(f"{root.place}: the config is {kind}, but it must be a mapping of keys; write name: my-study")
    return root


def parse_value(text: str, source: Source) -> Node:
    """Return one value as ``--set`` takes it: a plain scalar, or a quoted, ``{flow: mapping}`` or ``[list]`` value."""
    text = text.strip()
    if text[:1] in set("{[\"'!&*|>%@`"):
        return _Reader(text, source, numbered=False).document()
    return Node(_value(text, source, None), source, None)


def scalar(text: str) -> Scalar:
    """Return what a plain scalar means by the core schema of YAML 1.2, plus ISO dates.

    Examples
    --------
    >>> scalar("1e-3"), scalar("ON"), scalar("010"), scalar("2024-02-30")
    (0.001, 'ON', 10, '2024-02-30')
    """
    if text in _NULL or text in _BOOL:
        return _NULL[text] if text in _NULL else _BOOL[text]
    if _INT.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text):
        return float(text)
    if special := _SPECIAL.fullmatch(text):
        return float(special[1] + (special[2] or "nan").lower())
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text  # such as 2024-02-30: stays a text, which no key for a date takes
    return text


def _value(text: str, source: Source, line: int | None) -> Scalar:
    _check_characters(text, source, line)
    if len(text.lstrip("+-")) > MOST_DIGITS and _INT.fullmatch(text):
        _refuse(source, line, f"a whole number has {len(text)} digits; nothing here needs more than {MOST_DIGITS}")
    return scalar(text)


def _check_characters(text: str, source: Source, line: int | None) -> None:
    for c in text:
        if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs"):
            _refuse(source, line, f"a text has the control character U+{ord(c):04X} in it; take it out")


def _refuse(source: Source, line: int | None, sentence: str) -> NoReturn:
    raise ConfigError(f"{place(source, line)}: {sentence}")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns the nodes of a text into ours; ``numbered`` is false for a ``--set``, whose text has no lines."""

    text: str
    source: Source
    numbered: bool

    def document(self) -> Node:
        """Return the root of the only document."""
        yaml = YAML(typ="safe", pure=True)
        root = self._composed(yaml)
        if yaml.version is not None and tuple(yaml.version) != (1, 2):
            line = self.text.count("\n", 0, self.text.index("%YAML")) + 1
            sentence = "the config asks for another YAML version; take the %YAML line out, it is read as 1.2"
            _refuse(self.source, line if self.numbered else None, sentence)
        if root is None:
            return Node(None, self.source, 1 if self.numbered else None)
        return self._node(root, depth=1, key_line=None)

    def _composed(self, yaml: YAML) -> Any:
        """Return the root node as ruamel has it, with texts, styles and marks; an alias is the node it stands for."""
        try:
            return yaml.compose(self.text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            _refuse(self.source, mark.line + 1 if mark and self.numbered else None, _syntax(error))
        except RecursionError:
            _refuse(self.source, None, _TOO_DEEP)
        except (YAMLError, ValueError, OverflowError, IndexError) as error:
            # A character YAML does not allow, or an escape such as "\Uffffffff", which ruamel leaves to chr().
            line = self.text.count("\n", 0, getattr(error, "position", 0)) + 1 if self.numbered else None
            _refuse(self.source, line, "the text has a character or an escape that YAML does not allow; take it out")

    def _node(self, node: Any, *, depth: int, key_line: int | None) -> Node:
        if node.anchor is not None:  # the first that is met, so that no alias is ever followed
            self._refuse(node, _ALIASES)
        if self._tagged(node):
            self._refuse(node, f"the tag {shown(str(node.tag))} is not read; write plain YAML without '!'")
        if node.id == "scalar":
            return Node(self._scalar(node), self.source, self._line(node))
        if depth > MOST_DEPTH:
            self._refuse(node, _TOO_DEEP)
        line = key_line or self._line(node)
        if node.id == "sequence":
            items = (self._node(item, depth=depth + 1, key_line=None) for item in node.value)
            return Node(tuple(items), self.source, line)
        entries: dict[str, Node] = {}
        for key_node, value in node.value:
            key = self._key(key_node)
            if key in entries:
                self._refuse(key_node, f"the key {shown(key)} is there twice; the first is on {entries[key].place}")
            entries[key] = self._node(value, depth=depth + 1, key_line=self._line(key_node))
        return Node(entries, self.source, line)

    def _key(self, node: Any) -> str:
        """Return a key as written: what a plain scalar would mean as a value does not matter."""
        if node.id != "scalar":
            self._refuse(node, "a key is a list, a mapping or an alias; a key must be a plain word")
        if node.anchor is not None or self._tagged(node):
            self._refuse(node, f"the key {shown(node.value)} has a tag or an anchor; write the key alone")
        _check_characters(node.value, self.source, self._line(node))
        return str(node.value)

    def _scalar(self, node: Any) -> Scalar:
        if not node.style:  # neither quoted nor a block of text
            return _value(node.value, self.source, self._line(node))
        _check_characters(node.value, self.source, self._line(node))
        return str(node.value)

    def _tagged(self, node: Any) -> bool:
        """Whether a tag is written: a node has one in any case, that which its text or form resolves to."""
        return self.text.startswith("!", node.start_mark.index)

    def _line(self, node: Any) -> int | None:
        return node.start_mark.line + 1 if self.numbered else None

    def _refuse(self, node: Any, sentence: str) -> NoReturn:
        _refuse(self.source, self._line(node), sentence)


def _syntax(error: MarkedYAMLError) -> str:
    for sign, sentence in _PROBLEMS.items():
        if sign in str(error.problem):
            return sentence
    parts = [part for part in (error.context, error.problem) if part]
    what = " ".join(", ".join(parts).split()).replace("'\\x00'", "the end")
    remedy = next((cure for sign, cure in _REMEDIES.items() if sign in what), "correct the line, or put text in quotes")
    return f"this is not YAML: {what}; {remedy}"
