"""The JSON Schema of a config, for editors: every key with its type, range, default and meaning, and every rule."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError

from fedcycle.backtests.config import strategy_params
from fedcycle.backtests.config.layering import shipped
from fedcycle.backtests.config.model import StudySchema
from fedcycle.backtests.config.nested_strategies import Shape, form
from fedcycle.backtests.config.serialize import jsonable
from fedcycle.backtests.config.yaml_reader import Source, plain, read
from fedcycle.strategies import library

_MONTHS = {"type": "object", "properties": {"months": {"type": "integer", "minimum": 1}}, "required": ["months"]}
_SHAPES: Mapping[str, Mapping[str, Any]] = {
    # How a config writes the structured values of strategies/final_cut.py; their Python types say nothing of it.
    "recognise": {
        "anyOf": [
            {"type": "object", "properties": {"pause": _MONTHS}, "required": ["pause"], "additionalProperties": False},
            {
                "type": "object",
                "properties": {"as_of": {"type": "string", "format": "date"}},
                "required": ["as_of"],
                "additionalProperties": False,
            },
            {"const": "hindsight"},
        ]
    },
    "window": {"anyOf": [{**_MONTHS, "additionalProperties": False}, {"const": "until_hike"}]},
}


_RULE = {"$ref": "#/properties/strategy", "required": ["class"]}
_RULES: Mapping[Shape, Mapping[str, Any]] = {
    Shape.ONE: _RULE,
    Shape.LIST: {"type": "array", "items": _RULE},
    Shape.MAPPING: {"type": "object", "additionalProperties": _RULE},
}
"""Rules inside a rule."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a config file: nothing is required, as base.yaml lies below every file."""
    whole = StudySchema.model_json_schema()
    base = shipped()["base"]
    defaults = jsonable(plain(read(base, Source("base.yaml", base.parent))))
    defaults.pop("extends", None)
    _relax(whole, whole, defaults)
    whole["properties"] = {
        "extends": {"type": "string", "description": "A config this one lies over, relative to this file or shipped."},
        **whole["properties"],
    }
    whole["properties"]["strategy"] = _strategies()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **whole,
        "title": "fedcycle config",
        "description": "A study of fedcycle: a rule, a market, a period and how they are run.",
    }


def _relax(whole: dict[str, Any], part: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    """Take ``required`` out of a schema and of those it names, and put the defaults of base.yaml in."""
    part.pop("required", None)
    for key, inner in part["properties"].items():
        target = inner
        if "$ref" in inner:
            target = whole["$defs"][inner["$ref"].rsplit("/", 1)[-1]]
        if "properties" in target:
            _relax(whole, target, defaults.get(key, {}))
        elif key in defaults:
            inner["default"] = defaults[key]


def _strategies() -> dict[str, Any]:
    own = {
        "type": "object",
        "description": "A rule of your own: path/to/file.py:Class, relative to this file, or module:Class.",
        "properties": {"class": {"type": "string", "pattern": "^.+:[A-Za-z_]\\w*$"}},
        "required": ["class"],
    }
    inherited = {
        "type": "object",
        "description": "Other parameters for the class of the config that this one extends.",
        "not": {"required": ["class"]},
    }
    return {
        "description": "The rule: a class and its parameters.",
        "anyOf": [*(_strategy(name) for name in library.names()), own, inherited],
    }


def _strategy(name: str) -> dict[str, Any]:
    kind = library.load(name)
    fields, hints = strategy_params.parameters(kind), strategy_params.hints_of(kind)
    case = (kind.__doc__ or name).strip().splitlines()[0]
    needed = [key for key, field in fields.items() if strategy_params.default(field) is dataclasses.MISSING]
    return {
        "type": "object",
        "title": name,
        "description": case,
        "properties": {
            "class": {"const": name, "description": case},
            **{key: _parameter(field, hints[key]) for key, field in fields.items()},
        },
        "required": ["class", *needed],
        "additionalProperties": False,
    }


def _parameter(field: dataclasses.Field[Any], hint: Any) -> dict[str, Any]:
    doc, unit = field.metadata.get("doc", ""), field.metadata.get("unit", "")
    found: dict[str, Any] = {**_type(field.name, hint), "description": f"{doc} Unit: {unit}." if unit else doc}
    if (value := strategy_params.default(field)) is not dataclasses.MISSING:
        found["default"] = jsonable(strategy_params.written(value))
    return found


def _type(name: str, hint: Any) -> Mapping[str, Any]:
    """Return the schema of a parameter's type; a type that JSON cannot say allows anything."""
    if name in _SHAPES:
        return _SHAPES[name]
    if (asked := form(hint)) is not None:
        return {"anyOf": [{"type": "string"}, _RULES[asked.shape]]} if asked.name else _RULES[asked.shape]
    try:
        return strategy_params.adapter(hint).json_schema()
    except (PydanticInvalidForJsonSchema, PydanticSchemaGenerationError):
        return {}
