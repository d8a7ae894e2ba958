"""YAML to RunConfig: what a config may say, where each value came from, and the rule it asks for.

the only package with ruamel.yaml and pydantic.
"""

from fedcycle.backtests.config.from_python import from_mapping, from_rule, plain
from fedcycle.backtests.config.layering import find, questions, shipped
from fedcycle.backtests.config.model import keys
from fedcycle.backtests.config.overrides import Parameters, Variants, assignment
from fedcycle.backtests.config.run_config import RunConfig, check, load
from fedcycle.backtests.config.schema import schema
from fedcycle.backtests.config.strategy_params import default_text
from fedcycle.backtests.config.template import new
from fedcycle.backtests.config.validate import InvalidConfigError

__all__ = [
    "InvalidConfigError",
    "Parameters",
    "RunConfig",
    "Variants",
    "assignment",
    "check",
    "default_text",
    "find",
    "from_mapping",
    "from_rule",
    "keys",
    "load",
    "new",
    "plain",
    "questions",
    "schema",
    "shipped",
]
