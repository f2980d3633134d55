"""Which functions of the product rest on a model, which models, and what becomes of what they are given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from checker.checks.assured import SUBMITTED, Given, bill, is_version_of, same_name, same_version
from checker.checks.pack.figures import span
from checker.checks.pack.given import WHOLE, of_section, part, root
from checker.checks.pack.said import Part, grouped, incomplete, parts, shown
from checker.checks.register import REGISTER, Declared, declared
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_ML = "machine-learning-model"
_KNOWS_MODELS = ("1.5", "1.6", "1.7", "2")
"""The versions of CycloneDX that have such a type of component; before 1.5 there was none, and SPDX 2 has none."""
_TIER_1 = ("name", "description", "contact", "organisation", "phase")
_TIER_2 = ("owner", "supplier", "rationale", "decision-process", "model", "data", "risks", "oversight")


class KindParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``kind``: what a function gives: ``classifies``, ``generates`` or ``other``."""

    kind: str


@condition("ai.has-kind", params=KindParams, needs=lambda p, settings: [WHOLE, of_section("ai")], claim=True)
def has_kind(ev: EvidenceView, p: KindParams) -> bool | None:
    """Is there an AI function of that kind? One that says none may be of any. Not known where no list is given."""
    found = part(ev, "ai", "functions")
    return None if isinstance(found, Undecided) else any(one.get("kind", p.kind) == p.kind for one in found.facts)


@check(
    "ai.inventory-is-whole",
    needs=lambda p, settings: [WHOLE, of_section("ai"), SUBMITTED],
    source="docs/policy.md#every-model-is-in-the-inventory",
)
def inventory_is_whole(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every AI function is listed with purpose, models and autonomy; every model of the bill of materials is listed.

    An inventory that is empty is held against the same: the components of type machine-learning-model (CycloneDX from
    1.5), and what the root says of the product. Of a bill that cannot name models nothing is concluded.

    Good: no function, and no model among the components. Bad: a model in the bill that no function uses.
    """
    functions, models = part(ev, "ai", "functions"), part(ev, "ai", "models")
    if isinstance(functions, Undecided):
        yield functions
        return
    listed = () if isinstance(models, Undecided) else tuple(models.facts)
    if isinstance(models, Undecided) and models.reason is Reason.PREREQUISITE:
        yield models
    yield Examined(what="AI functions", evidence=functions.evidence, count=max(len(functions.facts), 1))
    yield from _functions(functions, {one["id"] for one in listed})
    for one in listed:
        place = f"section ai models {one['id']}"
        yield from incomplete(functions, "A model is not described.", one, place, "provider", "shipped")
        if functions.facts and not any(one["id"] in said.get("models", ()) for said in functions.facts):
            yield functions.finding("No function uses a model that is listed.", "a function", "none", place)
    yield from _against_the_root(ev, functions)
    yield from _against_the_bill(ev, functions, listed)


def _functions(found: Given, models: set[str]) -> Iterator[Finding]:
    for one in found.facts:
        place = f"section ai functions {one['id']}"
        yield from incomplete(
            found, "An AI function is not described.", one, place, "purpose", "kind", "models", "autonomy"
        )
        for name in sorted(set(one.get("models", ())) - models):
            yield found.finding("A function uses a model that is not listed.", "the model", shown(name), place)


def _against_the_root(ev: EvidenceView, found: Given) -> Iterator[Statement]:
    product = root(ev, "product")
    if isinstance(product, Undecided):
        return
    says, has = product.facts.get("ai"), bool(found.facts)
    if says and (says == "yes") != has:
        message = "The root and the section ai do not agree on whether the product uses artificial intelligence."
        yield found.finding(message, f"ai: {'yes' if has else 'no'}", f"ai: {says}", "pack.yaml /product/ai")
    types = product.facts.get("types", [])
    writes = any(one.get("kind") == "generates" for one in found.facts)
    if ("ambient-scribe" in types and not writes) or ("ai" in types and not has):
        message = "The root names a type of product that rests on a model, and the inventory has no such function."
        yield found.finding(message, "a function", "none", "pack.yaml /product/types")


def _against_the_bill(ev: EvidenceView, found: Given, models: tuple[Part, ...]) -> Iterator[Statement]:
    bom = bill(ev)
    if isinstance(bom, Undecided):
        yield bom
        return
    facts = bom.facts
    if facts["format"] != "CycloneDX" or not any(is_version_of(facts["version"], one) for one in _KNOWS_MODELS):
        yield bom.undecided(f"{facts['format']} {facts['version']} cannot say that a component is a model")
        return
    components = [one for one in facts["components"] if one["type"] == _ML]
    yield Examined(what="models of the bill of materials", evidence=bom.evidence, count=max(len(components), 1))
    for one in components:
        if not any(_same(said, one) for said in models):
            message = "The bill of materials names a model that is not in the inventory."
            yield bom.finding(message, "a model of the section ai", shown(f"{one['name']} {one['version']}"), "sbom")
    for said in models:
        if said.get("shipped") == "yes" and not any(_same(said, one) for one in components):
            message = "A model is said to be shipped, and the bill of materials does not name it in that version."
            yield bom.finding(
                message, shown(f"{said['name']} {said['version']}"), "not there", f"section ai models {said['id']}"
            )


def _same(said: Part, component: Part) -> bool:
    return same_name(said["name"], component["name"]) and same_version(said["version"], component["version"])


@check(
    "ai.transparency-record",
    needs=lambda p, settings: [of_section("ai")],
    source="https://www.gov.uk/government/collections/algorithmic-transparency-recording-standard-hub",
)
def transparency_record(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """For each AI function there is what a public body needs for its algorithmic transparency record, in both tiers.

    Tier 1: name, description, contact, organisation, phase. Tier 2: owner, supplier, rationale, decision process,
    model, data, risks, oversight. Where a function has several records, each is held to it. Whether what is said is
    right is for people.

    Good: all of them. Bad: no rationale; a function without a record.
    """
    found = parts(ev, "ai", "functions", "records")
    if isinstance(found, Undecided):
        yield found
        return
    functions, records = found
    said = grouped(records.facts, "function")
    yield Examined(what="transparency records", evidence=records.evidence, count=max(len(said), 1))
    for one in functions.facts:
        place = f"section ai records {one['id']}"
        if one["id"] not in said:
            yield records.finding("A function has no record.", "a record", "none", place)
        for record in said.get(one["id"], []):
            for tier, names in (("tier-1", _TIER_1), ("tier-2", _TIER_2)):
                message = f"A record lacks fields of {tier.replace('-', ' ')}."
                yield from incomplete(records, message, record.get(tier, {}), f"{place} {tier}", *names)


class KeptParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``days``: what a model is given is not kept longer outside of the record, without it being a use of its own."""

    days: int = 30


@check(
    "ai.data-use-is-declared",
    params=KeptParams,
    needs=lambda p, settings: [of_section("ai"), REGISTER],
    source="https://www.legislation.gov.uk/eur/2016/679/article/28",
)
def data_use_is_declared(ev: EvidenceView, p: KeptParams) -> Iterator[Statement]:
    """What a model is given stays within what was declared, and who runs the model is a sub-processor with a country.

    A model that another runs names an entry of the section *processors* of the register, with the same countries. Use
    for training is one of the own uses of the register, and inputs and outputs are not kept longer than ``days``.

    Good: run by the supplier, kept PT0S, not used for training. Bad: a provider that the register does not know.
    """
    found = parts(ev, "ai", "models", "data-use")
    if isinstance(found, Undecided):
        yield found
        return
    models, uses = found
    if not models.facts:
        yield models.undecided("the section 'ai' lists no model")
        return
    said = grouped(uses.facts, "model")
    yield Examined(what="uses of what models are given", evidence=uses.evidence, count=max(len(said), 1))
    for model in models.facts:
        place = f"section ai data-use {model['id']}"
        if model["id"] not in said:
            yield uses.finding("Nothing is said of what becomes of a model's inputs.", "an entry", "none", place)
        for one in said.get(model["id"], []):
            yield from _used(ev, uses, one, place, p)


def _used(ev: EvidenceView, uses: Given, one: Part, place: str, p: KeptParams) -> Iterator[Statement]:
    wanted = ("run-by", "countries", "prompts-kept", "outputs-kept", "used-for-training")
    yield from incomplete(uses, "The use of what a model is given is not declared.", one, place, *wanted)
    for key in ("prompts-kept", "outputs-kept"):
        length = span(one.get(key, ""))
        if length is not None and length > timedelta(days=p.days):
            message = "What a model is given, or gives, is kept for long outside of the record."
            yield uses.finding(message, f"at most {p.days} days", one[key], f"{place} {key}")
    yield from _run_by_another(ev, uses, one, place)
    yield from _training(ev, uses, one, place)


def _run_by_another(ev: EvidenceView, uses: Given, one: Part, place: str) -> Iterator[Statement]:
    if one.get("run-by") != "another":
        return
    register = declared(ev, "processors")
    if isinstance(register, Undecided):
        yield register
        return
    yield Examined(what="processors of the register", evidence=register.evidence)
    entry = next((known for known in register.section if known["id"] == one.get("processor")), None)
    if entry is None:
        message = "Who runs a model is not among the processors of the register."
        yield uses.finding(message, "an entry", shown(one.get("processor", "none")), place)
    elif sorted(set(entry["countries"])) != sorted(set(one.get("countries", ()))):
        message = "The register and the section ai name other countries for who runs a model."
        yield uses.finding(message, ", ".join(entry["countries"]), ", ".join(one.get("countries", ())), place)


def _training(ev: EvidenceView, uses: Given, one: Part, place: str) -> Iterator[Statement]:
    if one.get("used-for-training") != "yes":
        return
    register = declared(ev, "own-uses")
    if isinstance(register, Undecided):
        yield register
    elif not _is_own_use(register, one.get("training-use", "")):
        message = "Data train a model, and that is no declared use of the supplier's own."
        yield uses.finding(message, "one of the own uses of the register", "none of them", place)


def _is_own_use(register: Declared, purpose: str) -> bool:
    known: Any = register.section.get("uses", [])
    return any(purpose.strip() and one["purpose"].strip() == purpose.strip() for one in known)
