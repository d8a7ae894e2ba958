"""Keys that were called otherwise: an old name is read as the new one, and the run says so in a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, replace

from fedcycle.backtests.config.yaml_reader import Node
from fedcycle.strategies import library
from fedcycle.strategies.conditions import CONDITIONS

RENAMED = {
    "surge_days": "surge_sessions",
    "stay_days": "stay_sessions",
    "correlation_days": "correlation_sessions",
    "minus": "relative_to",
}
"""Old name of a parameter of a rule or of a condition -> what it is called now."""


def new_name(key: str, known: Collection[str]) -> str:
    """Return what a key is called where these names are known: itself, or its new name where only that is.

    Examples
    --------
    >>> new_name("surge_days", ["surge_sessions"]), new_name("surge_days", ["surge_days"])
    ('surge_sessions', 'surge_days')
    """
    now = RENAMED.get(key)
    return now if now is not None and key not in known and now in known else key


def with_new_names(entries: Mapping[str, Node], known: Collection[str]) -> dict[str, Node]:
    """Return entries under the names that are known; a node under a new name keeps the old one that was written.

    Of an old and a new name in one mapping the old one stays, for a sentence to say that it is not known.
    """
    found: dict[str, Node] = {}
    for key, node in entries.items():
        now = new_name(key, known)
        if now != key and now not in entries:
            found[now] = replace(node, written=key)
        else:
            found[key] = node
    return found


def up_to_date(tree: Node) -> Node:
    """Return a config with the names that the parameters of its rule, and the keys of its sweep, have now."""
    entries = dict(tree.entries)
    if "strategy" in entries:
        entries["strategy"] = _rule(entries["strategy"])
    for name in ("sweep", "sweep_variants"):
        if name in entries:
            entries[name] = _dotted(entries[name], entries.get("strategy"), deep=name == "sweep_variants")
    return replace(tree, value=entries)


def _dotted(node: Node, rule: Node | None, *, deep: bool) -> Node:
    """Return a mapping of dotted keys, or of names to such mappings, with the names that the keys have now."""
    if rule is None or not isinstance(node.value, Mapping):
        return node
    if deep:
        return replace(node, value={key: _dotted(child, rule, deep=False) for key, child in node.entries.items()})
    found = {}
    for key, child in node.entries.items():
        first, *path = key.split(".")
        now = key
        if first == "strategy" and path:
            now = ".".join([first, *path[:-1], new_name(path[-1], _parameters_at(rule, path[:-1]))])
        found[now] = child if now == key else replace(child, written=key)
    return replace(node, value=found)


def _parameters(node: Node, key: str, *, shipped: bool) -> tuple[list[str], bool]:
    """Return the names of the parameters of a rule of the library, or of a condition of one, and whether it is one.

    A rule of the user's has names of its own, down to the next rule of the library in it. ``key`` is what the node
    stands under, ``shipped`` whether the rule round it is of the library.
    """
    named = node.entries.get("class")
    if named is not None:
        shipped = named.value in library.names()
        return [field.name for field in fields(library.load(str(named.value)))] if shipped else [], shipped
    kind = CONDITIONS.get(key) if shipped else None
    return [] if kind is None else [field.name for field in fields(kind)], shipped


def _parameters_at(rule: Node, path: Sequence[str]) -> list[str]:
    """Return the names of the parameters at a path within a rule; none where there is no such place."""
    found, shipped = _parameters(rule, "strategy", shipped=False)
    for step in path:
        if step not in rule.entries:
            return []
        rule = rule.entries[step]
        found, shipped = _parameters(rule, step, shipped=shipped)
    return found


def _rule(node: Node, key: str = "strategy", *, shipped: bool = False) -> Node:
    """Return a rule of the library, and what is within it, with the names its parameters have now."""
    if isinstance(node.value, tuple):
        return replace(node, value=tuple(_rule(child, key, shipped=shipped) for child in node.value))
    if not isinstance(node.value, Mapping):
        return node
    names, shipped = _parameters(node, key, shipped=shipped)
    entries = {name: _rule(child, name, shipped=shipped) for name, child in node.entries.items()}
    return replace(node, value=with_new_names(entries, names))


def notes(tree: Node) -> tuple[str, ...]:
    """Return a line for each key of a config that was written by an old name."""
    return tuple(
        line
        for name in ("strategy", "sweep", "sweep_variants")
        if name in tree.entries
        for line in _notes(tree.entries[name], (name,))
    )


def _notes(node: Node, path: tuple[str, ...]) -> Iterator[str]:
    children = node.value if isinstance(node.value, tuple) else ()
    for key, child in (*node.entries.items(), *((str(k), each) for k, each in enumerate(children))):
        if child.written is not None:
            yield f"{child.place}: {'.'.join((*path, child.written))} is now called {key}; it is read as that"
        yield from _notes(child, (*path, key))
