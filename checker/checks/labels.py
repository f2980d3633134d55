"""Security labels: codes that are published, and whether they are still there after the export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from checker.checks.bodies import resource_of
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.fhir import bundle
from checker.fhir.confidentiality import CODES, LEVELS, SYSTEM, SYSTEMS, is_restricted, labels, level, restricted_ids
from checker.model.need import Every, Need, ScanNeed, Selector
from checker.model.registry import check
from checker.model.scan import Keyed, Look, Seen
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, RecordView

SOURCE = "http://hl7.org/fhir/R4/security-labels.html"
_NOT_PUBLISHED, _NO_SYSTEM = "not-published", "no-system"
_PATIENT = b"\x00"
_LABEL = b"\x01"
RESTRICTED_PATIENTS = "restricted patients"
_SAID = {
    _NOT_PUBLISHED: Said(
        "A confidentiality label has a code that is not of the published set",
        "U, L, M, N, R or V of v3-Confidentiality",
        "another code under its system",
    ),
    _NO_SYSTEM: Said(
        "A confidentiality label does not name its system", f"the system {SYSTEM}", "a code of it without a system"
    ),
}


class LabelsExported(TalliedScan[NoParams], Keyed[NoParams, Tallied]):
    """Confidentiality labels are of the published set; restricted patients are counted, each once.

    Looked at is ``meta.security`` of every resource. A label under v3-Confidentiality must have a code of it; R or V
    without a system is one that no receiver acts upon. Labels of other systems are left alone.

    Good: ``{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}``.
    Bad: the same with code ``SECRET``.
    """

    id: ClassVar[str] = "labels.exported"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(member="meta.security"),)
    source: ClassVar[str] = SOURCE

    def emit(self, seen: Seen, params: NoParams) -> Iterator[tuple[bytes, bytes]]:
        """A restricted patient under its id, and each label with its fault, if any."""
        for index, label in labels(seen.node):
            system, code = label.get("system"), label.get("code")
            fault = ""
            if system in SYSTEMS and code not in CODES:
                fault = _NOT_PUBLISHED
            elif system in (None, "") and code in ("R", "V"):
                fault = _NO_SYSTEM
            elif system not in SYSTEMS:
                continue
            place = f"{seen.locator}#{seen.pointer}/meta/security/{index}"
            yield f"label {place}".encode(), _LABEL + f"{fault} {place}".encode()
        if seen.resource_type == "Patient" and is_restricted(seen.node):
            yield f"Patient/{seen.resource_id or seen.place}".encode(), _PATIENT

    def reduce(self, state: Tallied, values: Iterator[bytes], params: NoParams) -> Tallied:
        """One restricted patient, or one label."""
        first = next(values)
        if first == _PATIENT:
            state.count(RESTRICTED_PATIENTS)
            return state
        fault, _, place = first[1:].decode().partition(" ")
        state.count()
        if fault:
            state.fault(fault, place)
        return state

    def finish(self, state: Tallied, params: NoParams) -> Iterator[Statement]:
        """How many labels there were, and one finding for each fault."""
        if state.examined:
            yield Examined(what="confidentiality labels", count=state.examined)
        yield from findings(state, _SAID)


LABELS_EXPORTED = LabelsExported()
PATIENTS = Need(probe="restricted.patients", params=NoParams())
_COUNTS = Need(probe="restricted.count", params=NoParams())
_EXPORT = ScanNeed(scan=LABELS_EXPORTED.id, params=NoParams())


@check("labels.survive-export", needs=lambda p, settings: [_COUNTS, PATIENTS, _EXPORT], source=SOURCE)
def survive_export(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Confidentiality labels are of the published set, and the export has as many restricted patients as the interface.

    The interface is asked for the number of patients with label R (``_security``, ``_summary=count``), twice: a number
    that changes meanwhile decides nothing. Of a server that does not take ``_security`` those restricted patients
    count that it was seen to have. An export with more of them loses nothing.

    Good: one patient is restricted in the interface, and one in the export.
    Bad: one is in the interface, and none in the export.
    """
    scan = ev.scan(_EXPORT)
    if not isinstance(scan.state, Tallied):
        yield scan.undecided("the labels in the export")
        return
    yield from findings(scan.state, _SAID)
    held = scan.state.counts.get(RESTRICTED_PATIENTS, 0)
    served = _served(ev)
    if isinstance(served, Undecided):
        yield served
        return
    total, evidence = served
    evidence = (*evidence, *scan.evidence)
    if not total:
        message = "the interface shows no restricted patient, so that no label could be lost: load one"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    elif held >= total:
        said = f"The export labels {held} patients as restricted, and the interface {total}; labels are of the set."
        yield Examined(what=said, evidence=evidence, count=total)
    elif scan.shortfalls:
        yield scan.undecided(f"{held} of {total} restricted patients are in the part of the export that could be read")
    else:
        yield Finding(
            message=f"The export labels {held} patients as restricted, and the interface has {total}.",
            expected=f"{total} patients with the label",
            actual=f"{held}",
            place="Patient.meta.security",
            evidence=evidence,
            count=total - held,
        )


def _served(ev: EvidenceView) -> tuple[int, tuple[str, ...]] | Undecided:
    """How many restricted patients the interface has at least, and the evidence."""
    seen = ev.record(PATIENTS)
    ids, evidence = shown(seen)
    view = ev.record(_COUNTS)
    totals: list[int] = []
    asked: list[str] = []
    for role in ("before", "none", "after"):
        exchange = view.exchange(role)
        page = resource_of(exchange, "Bundle", "the count") if exchange is not None else None
        total = page.get("total") if isinstance(page, dict) else None
        if exchange is not None and type(total) is int:
            totals.append(total)
            asked.append(exchange.id)
    # A label that nobody has is on no patient, or the criterion is not looked at.
    if len(totals) == 3 and totals[1] == 0:
        if totals[0] != totals[2]:
            message = "the number of restricted patients changed during the run: stop writing meanwhile"
            return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=tuple(asked))
        return totals[0], tuple(asked)
    if not evidence:
        return seen.undecided("the restricted patients of the interface")
    return len(ids), evidence


def shown(view: RecordView) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of restricted patients that the interface was seen to have, and the evidence that was looked at."""
    answers = [one for role in ("labelled", "read") for one in view.exchanges(role) if one.ok and not one.lost]
    return restricted_ids((one.json().value, one.request.url) for one in answers), tuple(one.id for one in answers)


_ANSWERS = Every(selector=Selector(interactions=("search", "page"), views=("fhir",)), cover=("search",))


@check("labels.bundle-is-as-strict", needs=lambda p, settings: [_ANSWERS, PATIENTS], source=SOURCE)
def bundle_is_as_strict(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A Bundle with a confidentiality label is labelled at least as strictly as what is in it.

    Looked at is each Bundle that has a label of v3-Confidentiality itself and holds a resource with one.
    The order is U, L, M, N, R, V. A Bundle without a label says nothing of what is in it, and is left alone.

    Good: R on a Bundle that holds a patient with R. Bad: N on it.
    """
    looked: dict[str, str] = {}
    compared = 0
    for exchange in ev.every(_ANSWERS):
        value = exchange.json().value
        if exchange.json().resource_type != "Bundle":
            continue
        looked.setdefault(exchange.http.interaction, exchange.id)
        own = level(value)
        inside = [level(entry.get("resource")) for _, entry in bundle.entries(value)]
        strictest = max((one for one in inside if one is not None), default=None)
        if own is None or strictest is None:
            continue
        compared += 1
        if own < strictest:
            yield Finding(
                message=f"A Bundle is labelled {LEVELS[own]}, and holds a resource with {LEVELS[strictest]}.",
                expected=f"{LEVELS[strictest]} or stricter",
                actual=LEVELS[own],
                place=f"meta.security of the answer to a {exchange.http.interaction}",
                evidence=(exchange.id,),
            )
    if compared:
        # A Bundle without labels was looked at too, and there was nothing to compare.
        for kind, id in looked.items():
            yield Examined(what=f"{compared} labelled Bundles", evidence=(id,), interaction=kind)
    elif looked:
        message = "no Bundle with a label of its own holds a resource with one, so that nothing could be compared"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=tuple(looked.values()))
