"""Does the hazard log think of what goes wrong with systems of its kind, and of each feature and interface?"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.pack.given import WHOLE, of_section, part, root
from checker.checks.pack.hazards import LOG_NEED, bounded, fold, key, listed, log, retired
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView


class CoverParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tags``: each stands at a hazard; ``with_ai``: further ones of a product with artificial intelligence;
    ``interfaces``: kinds of endpoints of which each is a part that some hazard names.
    """

    tags: tuple[str, ...] = (
        *("wrong-patient", "missing-or-late-data", "wrong-unit-or-code", "service-unavailable", "stale-data"),
        *("alert-failure", "migration-loss", "access-failure"),
    )
    with_ai: tuple[str, ...] = ("ai-error",)
    interfaces: tuple[str, ...] = ("fhir-r4", "api")


@check(
    "safety.log-covers-what-is-known",
    params=CoverParams,
    needs=lambda p, settings: (WHOLE, LOG_NEED, of_section("device")),
    source="docs/policy.md#a-hazard-log-thinks-of-what-is-known-to-go-wrong",
)
def log_covers_what_is_known(ev: EvidenceView, p: CoverParams) -> Iterator[Statement]:
    """Each sort of hazard that is known of such systems has a hazard; so has each feature and each interface.

    Columns of the log: ``tags``, and ``parts`` with ids of endpoints of the root and of features of the section
    ``device``. A sort that cannot occur is a hazard too: retired, with its reason.

    Good: HAZ-03 with tag ``wrong-patient`` and part ``fhir``. Bad: a product with artificial intelligence, and no
    hazard of its errors.
    """
    found, product, endpoints = log(ev), root(ev, "product"), root(ev, "endpoints")
    if isinstance(found, Undecided) or isinstance(product, Undecided):
        yield from (one for one in (found, product) if isinstance(one, Undecided))
        return
    rows = [{"tags": "", "parts": "", **row} for row in found.facts]
    tags = {fold(one) for row in rows for one in listed(row["tags"])}
    yield Examined(what="tags and parts of the hazard log", evidence=found.evidence, count=len(rows))
    wanted = (*p.tags, *(p.with_ai if product.facts.get("ai") == "yes" else ()))
    yield from bounded(
        found.finding("The log has no hazard of a sort that is known.", one, "none", "hazard-log column tags")
        for one in wanted
        if fold(one) not in tags
    )
    if "ai" not in product.facts and p.with_ai:
        yield found.undecided("the root does not say whether the product uses artificial intelligence")
    parts = {key(one) for row in rows if not retired(row) for one in listed(row["parts"])}
    modules = part(ev, "device", "modules")
    features = (
        [] if isinstance(modules, Undecided) else [one for each in modules.facts for one in each.get("features", [])]
    )
    ends = [] if isinstance(endpoints, Undecided) else [one for one in endpoints.facts if one["kind"] in p.interfaces]
    yield from bounded(
        found.finding(f"No hazard has to do with {what}.", "a hazard", one["id"], "hazard-log column parts")
        for what, every in (("a feature of the product", features), ("an interface of the product", ends))
        for one in every
        if key(one["id"]) not in parts
    )
    if isinstance(modules, Undecided):
        yield modules
    if isinstance(endpoints, Undecided) and endpoints.reason is Reason.PREREQUISITE:
        yield endpoints
