"""Keys that were called otherwise: an old name is read as the new one, and the run says so in a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace

from fedcycle.backtests.config.yaml_reader import Node
from fedcycle.strategies import library

RENAMED = {
    "surge_days": "surge_sessions",
    "stay_days": "stay_sessions",
    "correlation_days": "correlation_sessions",
}
"""Old name of a rule's parameter -> what it is called now; they count sessions, and now say so."""


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
        at: Node | None = rule if first == "strategy" and path else None
        for step in path[:-1]:
            at = at.entries.get(step) if at is not None else None
        now = key if at is None else ".".join([first, *path[:-1], new_name(path[-1], _parameters(at))])
        found[now] = child if now == key else replace(child, written=key)
    return replace(node, value=found)


def _parameters(node: Node) -> list[str]:
    """Return the names of the parameters of a rule of the library; none for any other."""
    named = node.entries.get("class")
    if named is None or named.value not in library.names():
        return []
    return [field.name for field in fields(library.load(str(named.value)))]


def _rule(node: Node) -> Node:
    """Return a rule of the library, and the rules within it, with the names its parameters have now."""
    if isinstance(node.value, tuple):
        return replace(node, value=tuple(_rule(child) for child in node.value))
    if not isinstance(node.value, Mapping):
        return node
    entries = {key: _rule(child) for key, child in node.entries.items()}
    return replace(node, value=with_new_names(entries, _parameters(node)))


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
