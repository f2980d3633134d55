"""Which information standards apply to which product: data beside the profile ``standards-coverage``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from checker import resources

FILE = "applicability.yaml"


class Rule(NamedTuple):
    """A standard of the register, and what a product must be for it to apply."""

    standard: str
    types: frozenset[str]
    """Any of these; empty for every product."""
    says: Mapping[str, str]
    """What the product must say of itself: ``personal-data`` → ``yes``."""

    def applies(self, product: Mapping[str, Any]) -> bool | None:
        """Does it apply? None where the product does not say what the rule asks."""
        if any(key in product and product[key] != wanted for key, wanted in self.says.items()):
            return False
        if self.types and "types" in product and not self.types & set(product["types"]):
            return False
        return None if (self.types and "types" not in product) or self.says.keys() - product.keys() else True


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of the file."""
    import yaml

    text = resources.data("profiles").joinpath("standards-coverage", FILE).read_text("utf-8")
    found = yaml.load(text, Loader=yaml.BaseLoader)["rules"]  # noqa: S506 - every scalar is text
    return tuple(Rule(one["standard"], frozenset(one.get("types", ())), one.get("says", {})) for one in found)
