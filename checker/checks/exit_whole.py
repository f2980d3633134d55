"""What an export needs beside its records: history, audit, provenance; ids that can be taken over; one tenant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.exit_dictionary import DICTIONARY, dictionaries, unread
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.fhir.bundle import is_id, version_id
from checker.fhir.likeness import content
from checker.model.need import ScanNeed
from checker.model.registry import check
from checker.model.scan import Keyed, Look, Seen
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
_CODE = re.compile(r"[A-Z0-9]{3,10}")
_ORGANIZATION = re.compile(r"(?:.*/)?(Organization/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII)
COMPANIONS = {"history": "earlier versions", "audit": "an audit trail", "provenance": "provenance"}


class ExportCompanions(TalliedScan[NoParams], Keyed[NoParams, Tallied]):
    """How many resources have several versions in the export, and how many AuditEvents and Provenances there are.

    Good: an export with resources in it. Bad: an empty one, of which nothing follows.
    """

    id: ClassVar[str] = "export.companions"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#history-leaves-too"

    def emit(self, seen: Seen, params: NoParams) -> Iterator[tuple[bytes, bytes]]:
        """A resource under its type and id, with its version."""
        who = seen.resource_id or f"@{seen.locator}#{seen.pointer}"
        kind = seen.resource_type if seen.resource_type in ("AuditEvent", "Provenance") else ""
        yield f"{seen.resource_type}/{who}".encode(), f"{kind}\n{version_id(seen.node)}".encode()

    def reduce(self, state: Tallied, values: Iterator[bytes], params: NoParams) -> Tallied:
        """One resource with all its versions."""
        kind, _, version = next(values).decode().partition("\n")
        state.count()
        if kind:
            state.count("audit" if kind == "AuditEvent" else "provenance")
        if any(value.decode().partition("\n")[2] != version for value in values):
            state.count("history")
        return state

    def finish(self, state: Tallied, params: NoParams) -> Iterator[Statement]:
        """How many resources were looked at."""
        if state.examined:
            yield Examined(what="resources", count=state.examined)


EXPORT_COMPANIONS = ExportCompanions()
_COMPANIONS = ScanNeed(scan=EXPORT_COMPANIONS.id, params=NoParams())


@check(
    "export.keeps-history",
    needs=lambda p, settings: [_COMPANIONS, DICTIONARY],
    source="docs/policy.md#history-leaves-too",
)
def keeps_history(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The export holds earlier versions, the audit trail and provenance, or its dictionary says why not.

    The audit trail may also be an artefact of kind ``audit-log``. Reasons stand under ``not-exported`` of the
    dictionary, by ``history``, ``audit`` and ``provenance``.

    Good: Provenance resources are in the export, and ``not-exported`` says why there are no earlier versions.
    Bad: an export of current versions alone, and no word on it.
    """
    scan, view = ev.scan(_COMPANIONS), ev.record(DICTIONARY)
    if not isinstance(scan.state, Tallied) or not scan.state.examined:
        yield scan.undecided("the export")
        return
    declared = {str(name) for one in dictionaries(view) for name in one.facts.get("not_exported", ())}
    for name, what in COMPANIONS.items():
        count = scan.state.counts.get(name, 0)
        if count:
            yield Examined(what=f"{count} resources of the export show {what}.", evidence=scan.evidence, count=count)
        elif name == "audit" and ev.supplier.artefacts_of("audit-log"):
            yield Examined(what="The audit trail was submitted as an artefact of its own.")
        elif name in declared:
            yield Examined(what=f"The dictionary says why the export holds no {name}.")
        elif why := unread(ev, view):
            yield why
        else:
            yield Finding(
                message=f"The export holds no {name}, and nothing says why.",
                expected=f"{what}, or a reason under 'not-exported' of the dictionary",
                actual="neither",
                place=name,
                evidence=scan.evidence,
            )


_IMPORT_SAID = {
    "no-id": Said("A resource has no id that a FHIR store can take", "an id of FHIR's form", "none, or another form"),
    "two": Said(
        "Two resources of one type, id and version differ: a store keeps one of them",
        "one content for each type, id and version",
        "two contents",
    ),
}


class ImportsAgain(TalliedScan[NoParams], Keyed[NoParams, Tallied]):
    """A blank store that keeps each resource under its type and id holds, after the import, all that the export holds.

    What would be lost is told: resources without an id of FHIR's form (a store gives them another, and references to
    them lead nowhere), and one of two that differ under the same type, id and version. The same resource twice with
    the same content is one, and so is said by other requirements if at all.

    Good: each Patient under an id of its own. Bad: two Patients ``7`` of version 1 with different names.
    """

    id: ClassVar[str] = "export.imports-again"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#an-export-can-be-read-in-again"

    def emit(self, seen: Seen, params: NoParams) -> Iterator[tuple[bytes, bytes]]:
        """A resource under its type, id and version, with a digest of its content; one without id by itself."""
        if seen.resource_type == "OperationOutcome":
            return  # what an export says of itself is no record of it
        node = seen.node
        if not is_id(node.get("id")):
            yield f"@{seen.place}".encode(), f"\n{seen.place}".encode()
            return
        key = f"{seen.resource_type}/{seen.resource_id}/{version_id(node)}"
        yield key.encode(), f"{content(node, aside=()).whole}\n{seen.place}".encode()

    def reduce(self, state: Tallied, values: Iterator[bytes], params: NoParams) -> Tallied:
        """All that a store would keep in one place."""
        first, _, place = next(values).decode().partition("\n")
        state.count()
        if not first:
            state.fault("no-id", place)
            return state
        last = first
        for value in values:  # sorted, so that like digests stand together
            found, _, place = value.decode().partition("\n")
            if found != last:
                state.fault("two", place)
                last = found
        return state

    def finish(self, state: Tallied, params: NoParams) -> Iterator[Statement]:
        """How many resources a store would hold, and what it would not."""
        if state.examined:
            yield Examined(what="resources that a store would hold", count=state.examined)
            yield from findings(state, _IMPORT_SAID)


IMPORTS_AGAIN = ImportsAgain()


class ExportTenants(TalliedScan[NoParams], Keyed[NoParams, Tallied]):
    """By which organisations, by their ODS codes, the patients of an export are managed.

    ``Patient.managingOrganization`` is followed to an Organization of the export, or read from its identifier.

    Good: an export with patients in it. Bad: one without, of which nothing follows.
    """

    id: ClassVar[str] = "export.tenants"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient", "Organization")),)
    source: ClassVar[str] = "docs/policy.md#an-export-is-of-one-tenant"

    def emit(self, seen: Seen, params: NoParams) -> Iterator[tuple[bytes, bytes]]:
        """An Organization with its ODS codes; a patient under the organization that manages it."""
        node = seen.node
        if "/contained/" in seen.pointer:
            return
        if seen.resource_type == "Organization":
            codes = sorted(_codes(node.get("identifier")))
            yield f"Organization/{seen.resource_id}".encode(), f"0{','.join(codes)}".encode()
            return
        managed = node.get("managingOrganization")
        managed = managed if isinstance(managed, dict) else {}
        reference = managed.get("reference")
        found = _ORGANIZATION.fullmatch(reference) if isinstance(reference, str) else None
        own = sorted(_codes([managed.get("identifier")]))
        if found is not None and not own:
            yield found[1].encode(), b"1"
        else:
            yield f"@{seen.place}".encode(), f"2{','.join(own)}".encode()

    def reduce(self, state: Tallied, values: Iterator[bytes], params: NoParams) -> Tallied:
        """One organization and the patients that it manages."""
        codes = ""
        for value in values:
            sort, text = value[:1], value[1:].decode()
            if sort == b"0":
                codes = codes or text
                continue
            state.count()
            state.count(f"ods {text if sort == b'2' else codes}")
        return state

    def finish(self, state: Tallied, params: NoParams) -> Iterator[Statement]:
        """How many patients there are."""
        if state.examined:
            yield Examined(what="patients", count=state.examined)


EXPORT_TENANTS = ExportTenants()
_TENANTS = ScanNeed(scan=EXPORT_TENANTS.id, params=NoParams())


@check(
    "export.is-of-one-tenant",
    needs=lambda p, settings: [_TENANTS, DICTIONARY],
    source="docs/policy.md#an-export-is-of-one-tenant",
)
def is_of_one_tenant(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every patient of the export is managed by an organisation that the export was made for.

    The ODS codes of the tenant stand under ``tenant: {ods: […]}`` of the dictionary. The general practice of a
    patient is another organisation, and may be.

    Good: all patients are managed by RXX, and RXX is declared. Bad: one is managed by RYY.
    """
    scan, view = ev.scan(_TENANTS), ev.record(DICTIONARY)
    if not isinstance(scan.state, Tallied) or not scan.state.examined:
        yield scan.undecided("the patients of the export")
        return
    declared = {str(code) for one in dictionaries(view) for code in one.facts.get("ods", ())}
    if not declared:
        message = "no ODS code of the tenant is declared: tenant of the dictionary"
        yield Undecided(reason=Reason.PREREQUISITE, message=message)
        return
    waiting = unread(ev, view)
    own = unknown = 0
    for name, count in sorted(scan.state.counts.items()):
        codes = {code for code in name.removeprefix("ods ").split(",") if code} if name.startswith("ods ") else None
        if codes is None:
            continue
        if not codes:
            unknown += count
        elif codes & declared:
            own += count
        elif waiting:
            yield waiting
        else:
            yield Finding(
                message=f"{count} patients of the export are managed by an organisation that it was not made for.",
                expected=f"patients of {', '.join(sorted(declared))} alone",
                actual=f"patients of {', '.join(sorted(codes))}",
                place="Patient.managingOrganization",
                evidence=scan.evidence,
                count=count,
            )
    if unknown:
        message = f"of {unknown} patients the export does not say by ODS code which organisation manages them"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=scan.evidence)
    if own:
        yield Examined(what=f"{own} patients are of the tenant.", evidence=scan.evidence, count=own)


def _codes(identifiers: Any) -> Iterator[str]:
    for one in identifiers if isinstance(identifiers, list) else ():
        value = one.get("value") if isinstance(one, dict) and one.get("system") == _ODS else None
        if isinstance(value, str) and _CODE.fullmatch(value.upper()):
            yield value.upper()
