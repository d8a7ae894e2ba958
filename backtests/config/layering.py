"""A study overrides what it extends and the shipped base.yaml; --set overrides both; each value keeps its origin."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from fedcycle.backtests.config.renamed import new_name, with_new_names
from fedcycle.backtests.config.yaml_reader import Node, Source, parse_value, plain, printable, read, shown
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.data.errors import listing
from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.suggest import nearest_few

MOST_FILES = 10
"""How many files may lie over each other."""

MERGED = frozenset(
    {(), ("data",), ("period",), ("strategy",), ("execution",), ("execution", "costs"), ("execution", "account")}
)
"""Mappings combined key by key; any other, such as weights or recognise, is one value and is replaced."""

UNNAMED = "study"
"""What a config is called that has neither a name nor a file."""
MOST_LETTERS = 80
"""Of a name."""
SUFFIXES = (".yaml", ".yml")
SET = "--set "


@cache
def shipped() -> Mapping[str, Path]:
    """Return name -> file of the configs that come with fedcycle; those in a subfolder as ``folder/name``."""
    spec = importlib.util.find_spec("fedcycle.configs")
    # Of the folders that share the namespace only the first: an older copy installed beside the source is not ours.
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())][:1] if spec else []
    found = {
        path.relative_to(folder).with_suffix("").as_posix(): path.resolve()
        for folder in folders
        for path in sorted(folder.rglob("*.yaml"))
    }
    if "base" not in found:
        raise ConfigError("the shipped configs are missing (no base.yaml in fedcycle.configs); install fedcycle again")
    return FrozenMapping(found)


def questions() -> dict[str, str]:
    """Return name -> question of every config that comes with fedcycle, those of the top folder first."""
    names = sorted(shipped(), key=lambda name: ("/" in name, name))
    return {name: str(plain(resolve(name)[1].entries["question"])) for name in names}


def find(ref: str, directory: Path | None = None) -> Path:
    """Return the file that a path or the name of a shipped config means.

    Parameters
    ----------
    ref : a path, or a shipped name with or without ``configs/`` before and ``.yaml`` after it
    directory : where a relative path starts; None for the working directory
    """
    path = (directory or Path()) / ref
    try:
        if path.is_file():
            return path
        there = path.exists()
    except (OSError, ValueError) as error:  # a name too long, a NUL in it
        raise ConfigError(
            f"{shown(ref)} is not a path to a config: {error}; name a file or a shipped config"
        ) from error
    name = ref.removeprefix("configs/")
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    if name in shipped():
        return shipped()[name]
    if there:
        return path  # a folder or a device: reading it says what is wrong
    raise ConfigError(f"{printable(ref)}: there is no such config; {_nearest(name, path)}")


def _nearest(name: str, path: Path) -> str:
    beside = [str(other) for other in sorted(path.parent.glob("*.yaml"))] if path.parent.is_dir() else []
    names = {**{Path(other).stem: other for other in beside[:200]}, **{other: other for other in shipped()}}
    near = nearest_few(Path(name).name, names, max_=3)
    if near:
        return "write " + listing([names[match] for match in near], "or")
    return "shipped are " + ", ".join(sorted(shipped(), key=lambda name: ("/" in name, name)))


def resolve(ref: str, sets: Iterable[str] = (), directory: Path | None = None) -> tuple[Path, Node]:
    """Return the file meant and the whole config as one mapping node, every value with its origin."""
    path = find(ref, directory)
    tree = _named(_layers(path, _label(path, ref, directory)), path.stem)
    for text in sets:
        tree = with_set(tree, text, (directory or Path()).absolute())
    return path, tree


def resolve_mapping(top: Node, sets: Iterable[str] = (), directory: Path | None = None) -> Node:
    """Return the whole config of a mapping that is no file, with what it extends, as ``resolve`` does a file's."""
    below = _extended(top)
    path = shipped()["base"] if below is None else below
    tree = _named([top, *_layers(path, relative(path))], UNNAMED)
    for text in sets:
        tree = with_set(tree, text, (directory or Path()).absolute())
    return tree


def _label(path: Path, ref: str, directory: Path | None) -> str:
    """Return the name of a file in messages: as the user wrote it, or the shorter of its relative and absolute path."""
    if directory is None and path == Path(ref):
        return printable(os.path.normpath(ref))
    return relative(path)


def relative(path: Path) -> str:
    """Return a path relative to the working directory where it lies below it, else whole."""
    here, there = Path.cwd(), absolute(path)
    return printable(str(there.relative_to(here) if there.is_relative_to(here) else there))


def absolute(path: Path) -> Path:
    """Return a path from the root, without ``..``; links keep their names, which is how the user knows them."""
    return Path(os.path.normpath(path.absolute()))


def _layers(path: Path, label: str) -> Sequence[Node]:
    """Return the file and everything it extends, nearest first, the shipped base.yaml last."""
    base = shipped()["base"]
    seen: list[Path] = []
    layers: list[Node] = []
    while True:
        if len(seen) == MOST_FILES:
            raise ConfigError(f"{label}: more than {MOST_FILES} files extend each other; state the values in fewer")
        seen.append(path.resolve())
        layers.append(read(path, Source(label, path.absolute().parent)))
        below = _extended(layers[-1])
        if below is None and seen[-1] == base:
            return layers
        path = base if below is None else below
        if path.resolve() in seen:
            place = layers[-1].entries["extends"].place
            raise ConfigError(f"{place}: extends comes back to {relative(path)}; take one extends of the circle out")
        label = relative(path)


def _extended(layer: Node) -> Path | None:
    stated = layer.entries.get("extends")
    if stated is None or stated.value is None:
        return None
    if not isinstance(stated.value, str):
        raise ConfigError(
            f"{stated.place}: extends is {shown(plain(stated))}, but it must be one config file; write base.yaml"
        )
    try:
        found = find(stated.value, stated.source.directory)
        if found.is_dir():
            raise ConfigError("that is a folder; name a config file in it")
    except ConfigError as error:
        raise ConfigError(f"{stated.place}: extends is {shown(stated.value)}, but {error}") from error
    return found


def _named(layers: Sequence[Node], stem: str) -> Node:
    """Return the files of a config as one; a study does not take the name and the question of ``base.yaml`` itself.

    Without its own, or those of what it extends, it is called after its file and asks how its rule does.
    """
    tree, base = _merged(layers), layers[-1].entries
    if len(layers) == 1:
        return tree
    kind = _text(tree.entries["strategy"].entries.get("class"))
    own = {
        "name": re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:MOST_LETTERS] or UNNAMED,
        "question": f"How does {kind.rpartition(':')[2].rpartition('.')[2] or 'this rule'} do against its benchmark?",
    }
    taken = {key: Node(text, layers[0].source, None) for key, text in own.items() if tree.entries[key] is base[key]}
    return _replaced(tree, {**tree.entries, **taken})


def _text(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def _merged(layers: Sequence[Node]) -> Node:
    tree = layers[-1]
    for layer in reversed(layers[:-1]):
        tree = _over(layer, tree, ())
    return _replaced(tree, {key: node for key, node in tree.entries.items() if key != "extends"})


def _over(upper: Node, lower: Node, path: tuple[str, ...]) -> Node:
    """Return a node with another's values overridden: key by key in a section, else the upper one whole."""
    mappings = isinstance(upper.value, Mapping) and isinstance(lower.value, Mapping)
    if not mappings or path not in MERGED or (path == ("strategy",) and _another_class(upper, lower)):
        return upper
    entries = dict(lower.entries)
    for key, node in with_new_names(upper.entries, entries).items():
        entries[key] = _over(node, entries[key], (*path, key)) if key in entries else node
    return _replaced(upper, entries)


def _another_class(upper: Node, lower: Node) -> bool:
    """Whether the class differs: parameters of one class mean nothing to another."""
    above, below = upper.entries.get("class"), lower.entries.get("class")
    if above is None or below is None:
        return False
    if plain(above) != plain(below):
        return True
    # The same relative file from two folders is two rules.
    return ".py:" in str(above.value) and above.source.directory != below.source.directory


def with_set(tree: Node, text: str, directory: Path) -> Node:
    """Return the tree with one ``KEY=VALUE`` set."""
    source = Source(SET + printable(text), directory)
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key:
        raise ConfigError(f"{source.name}: there is no KEY=VALUE; write --set execution.lag=2")
    top, dot, rest = key.partition(".")
    # The keys of a sweep are themselves dotted.
    path = (top, rest) if top == "sweep" and dot else tuple(key.split("."))
    if "" in path:
        raise ConfigError(f"{source.name}: {shown(key)} is not a key; write it as --set execution.lag=2")
    if top == "extends":
        raise ConfigError(f"{source.name}: extends is read from files only; run the file that extends the other")
    node = parse_value(value, source)
    if path[0] == "strategy" and path[-1] == "class" and len(path) > 1:
        return _with_class(tree, path[:-1], node)
    return _at(tree, path, node, ())


def _at(node: Node, path: tuple[str, ...], new: Node, done: tuple[str, ...]) -> Node:
    if not path:
        return new
    if node.value is not None and not isinstance(node.value, Mapping):
        at, key = ".".join(done), path[0]
        raise ConfigError(
            f"{new.place}: {at} is {shown(plain(node))} ({node.place}), which has no key {key}; "
            f"set the whole value, as --set '{at}={{{key}: ...}}'"
        )
    key = new_name(path[0], node.entries)
    child = node.entries.get(key, Node(None, new.source, None))
    below = _at(child, path[1:], new, (*done, key))
    return _replaced(node, {**node.entries, key: below if key == path[0] else replace(below, written=path[0])})


def _with_class(tree: Node, path: tuple[str, ...], new: Node) -> Node:
    """Set another class of the rule at a path: parameters from files go, those from an earlier --set stay."""
    rule = tree
    for key in path:
        rule = rule.entries.get(key, Node(None, new.source, None))
    kept = rule.entries
    if "class" in kept and (plain(kept["class"]) != plain(new)):
        kept = {key: node for key, node in kept.items() if node.source.name.startswith(SET)}
    return _at(tree, path, Node({"class": new, **_without_class(kept)}, new.source, None), ())


def _without_class(entries: Mapping[str, Node]) -> Mapping[str, Node]:
    return {key: node for key, node in entries.items() if key != "class"}


def _replaced(node: Node, entries: Mapping[str, Node]) -> Node:
    return Node(entries, node.source, node.line)
