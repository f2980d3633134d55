"""Does one version of the product run through the evidence pack, and is it the one that answers?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from checker.checks.assured import SUBMITTED, Given, bill, same_name, same_version
from checker.checks.bodies import answer, resource_of
from checker.checks.capability import METADATA as _METADATA
from checker.checks.pack.certificates import names_product
from checker.checks.pack.given import WHOLE, root, shortened
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

METADATA = Need(probe=_METADATA.probe, params=_METADATA.params, optional=True)
"""The CapabilityStatement, where an endpoint is given."""
FHIR = "fhir-r4"


class OneVersion(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``must_name``: kinds of artefacts that must name the version; ``agree``: those that must agree if they do."""

    must_name: tuple[str, ...] = ("clinical-safety-case", "dtac-form")
    agree: tuple[str, ...] = ("hazard-log", "sbom", "declaration-of-conformity", "accessibility-audit", "user-guide")


class _Place(NamedTuple):
    """A place that names a version, and that version."""

    words: str
    place: str
    version: str


@check(
    "pack.one-version",
    params=OneVersion,
    needs=lambda p, settings: [WHOLE, SUBMITTED, METADATA],
    source="docs/policy.md#one-version-runs-through-a-pack",
)
def one_version(ev: EvidenceView, p: OneVersion) -> Iterator[Statement]:
    """The version of the product is the same in the root, the safety case, the forms, the bill of materials, and live.

    ``product: version`` of the root is held against ``product-version`` of artefacts of the kinds that must agree, the
    component that the bill of materials is of, the version under test that ``supplier.toml`` names, and
    ``CapabilityStatement.software.version`` of the endpoint. A leading ``v`` and what follows a ``+`` do not count.
    Where the pack declares a FHIR endpoint that was not asked, or that names other software, the row is left open.

    Good: 4.2.0 in all of them. Bad: a safety case for 4.1.0; a server that says 4.3.0.
    """
    found = root(ev, "product")
    if isinstance(found, Undecided):
        yield found
        return
    version = found.facts["version"]
    said: list[Statement] = []
    for one in [*_in_artefacts(ev, p), *_under_test(ev, version)]:
        said.append(_held_against(found, version, one) if isinstance(one, _Place) else one)
    said += [*_in_bill(ev, found), *_live(ev, found)]
    yield from said
    if not said:
        yield found.undecided("no artefact of the pack names the version of the product that it is of")


def _held_against(found: Given, version: str, one: _Place) -> Statement:
    if same_version(one.version, version):
        return Examined(what=f"the version in {one.words}", evidence=found.evidence)
    message = f"The version in {one.words} is not that of the product."
    return found.finding(message, shortened(version), shortened(one.version) or "none", one.place)


def _in_artefacts(ev: EvidenceView, p: OneVersion) -> Iterator[_Place | Statement]:
    found = root(ev, "artefacts")
    if isinstance(found, Undecided):
        yield found
        return
    for one in found.facts:
        said = one.get("product-version", "")
        if one["kind"] in p.must_name or (said and one["kind"] in p.agree):
            yield _Place(f"the artefact {one['id']}", f"pack.yaml artefact {one['id']}", said)


def _under_test(ev: EvidenceView, version: str) -> Iterator[_Place]:
    """Only a version that differs: one that is the same may have been taken from the pack itself."""
    if ev.supplier.version and not same_version(ev.supplier.version, version):
        yield _Place("what is under test", "supplier", ev.supplier.version)


def _in_bill(ev: EvidenceView, found: Given) -> Iterator[Statement]:
    if not ev.supplier.artefacts_of("sbom"):
        return
    given = bill(ev)
    if isinstance(given, Undecided):
        yield given
        return
    component = given.facts["root"]
    if not component.get("version"):
        message = "The bill of materials does not say of which version of the product it is."
        yield given.finding(message, shortened(found.facts["version"]), "none", "sbom, the component that it is of")
        return
    place = _Place("the bill of materials", "sbom, the component that it is of", str(component["version"]))
    yield _held_against(given, found.facts["version"], place)


def _live(ev: EvidenceView, found: Given) -> Iterator[Statement]:
    declared = root(ev, "endpoints")
    if not ev.supplier.base_url:
        if not isinstance(declared, Undecided) and any(one["kind"] == FHIR for one in declared.facts):
            message = "the pack declares a FHIR endpoint, and it was not asked for its version (--base-url)"
            yield found.undecided(message)
        return
    exchange = answer(ev.record(METADATA), "metadata", "GET metadata")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    statement = resource_of(exchange, "CapabilityStatement", "GET metadata")
    if isinstance(statement, Undecided):
        yield statement
        return
    software = statement.get("software") if isinstance(statement, dict) else None
    name, version = (software.get(key) if isinstance(software, dict) else None for key in ("name", "version"))
    if not isinstance(name, str) or not isinstance(version, str):
        message = "the CapabilityStatement does not name software and version"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
    elif not (same_name(name, found.facts["name"]) or names_product(name, found.facts["name"])):
        message = f"the CapabilityStatement is of software called {shortened(name)!r}, and not of the product"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
    else:
        of_server = found._replace(evidence=(*found.evidence, exchange.id))
        place = _Place("the CapabilityStatement", "CapabilityStatement.software.version", version)
        yield _held_against(of_server, found.facts["version"], place)
