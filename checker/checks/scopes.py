"""Who may see whose records: nothing of one patient, or of one organisation, is shown to who may see another's.

Source: OWASP API Security Top 10 (2023) API1, OWASP ASVS 5.0.0 sections 8.2 and 8.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from checker.checks.bodies import gives_data
from checker.checks.refusal import of_no_application, refusal
from checker.fhir.owner import is_about, resources
from checker.model.asked import READ_ONLY, OfType, Pairwise
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_API1 = "https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/"
_EXPECTED = "403 or 404, or a Bundle with nothing of that patient in it"
_REFUSALS = (401, 403, 404, 410)
_NOT_OFFERED = (400, 404, 405, 410, 501)
"""A control that is answered so is of something that the server does not do: nothing can be tried there."""


def shows(exchange: Exchange, patient: str) -> bool:
    """Is there anything of that patient in the answer: a resource, or a count of some?"""
    body = exchange.json().value
    if any(is_about(one, patient) for one in resources(body)):
        return True
    asked = _query(exchange)
    total = body.get("total") if isinstance(body, dict) else None
    return asked.get("_summary") == ["count"] and isinstance(total, int) and total > 0


def _query(exchange: Exchange) -> dict[str, list[str]]:
    """The query of a request; of an address that a server made up and nobody can read, nothing."""
    try:
        return parse_qs(urlsplit(exchange.request.url).query, keep_blank_values=True)
    except ValueError:
        return {}


def _doubt(mutant: Exchange, own: Exchange | None, patient: str) -> str:
    """What is in doubt about an answer that shows nothing of the other one's."""
    if own is None or not own.ok or not any(is_about(one, patient) for one in resources(own.json().value)):
        return f"the identity gets nothing of its own either ({own.status if own else 'no answer'})"
    if mutant.lost:
        return "the body cannot be looked at"
    if mutant.status in _REFUSALS:
        return of_no_application(mutant)
    if not mutant.ok:
        return f"{mutant.status} is neither an answer nor a refusal"
    return "" if mutant.json().resource_type else "the answer is no FHIR resource"


def _known(p: Pairwise) -> Need:
    return Need(probe="scope.known", params=p)


def _judged(ev: EvidenceView, p: Pairwise, probe: str, what: str) -> Iterator[Statement]:
    """Every pair of a probe: by whom it belongs to, and by the other identity."""
    view = ev.record(Need(probe=probe, params=p))
    own = ev.record(_known(p)).exchange("own")
    mine, theirs = ev.supplier.patient_of(p.one), ev.supplier.patient_of(p.other)
    left_out = 0
    pairs = view.pairs()
    for control, mutant in pairs:
        if control.failure is None and control.status in _NOT_OFFERED:
            left_out += 1
            continue
        yield from refusal(
            control,
            mutant,
            differs_in="identity",
            gives=f"record of the patient of '{p.other}'",
            works=lambda exchange: shows(exchange, theirs),
            refused=lambda exchange: not shows(exchange, theirs),
            unsure=lambda exchange: _doubt(exchange, own, mine),
            what=f"{what} of '{p.other}' by '{p.one}' ({_short(mutant)})",
            expected=_EXPECTED,
        )
    if pairs and left_out == len(pairs):
        message = f"{what}: the server answers none of these to '{p.other}' either"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=tuple(one.id for one, _ in pairs))


def _short(exchange: Exchange) -> str:
    """The form of a request in a few words, without ids: type, and names of the criteria."""
    names = sorted(name.split(":")[0] for name in _query(exchange))
    path = exchange.request.url.partition("?")[0]
    kinds = [one for one in path.split("/") if one[:1].isupper() or one[:1] in "_$"]
    words = "/".join(one[:40] for one in kinds[-3:] if one.strip("_$").isalpha()) or exchange.request.method
    return f"{words}{' by ' + ', '.join(name[:20] for name in names[:3]) if names else ''}"


def _needs(p: Pairwise, *probes: str) -> list[Need]:
    return [_known(p), *(Need(probe=one, params=p) for one in probes)]


@check("scope.reads-are-bound", params=Pairwise, needs=lambda p, settings: _needs(p, "scope.reads"), source=_API1)
def reads_are_bound(ev: EvidenceView, p: Pairwise) -> Iterator[Statement]:
    """A patient, and records about that patient, cannot be read by id with the token of another patient.

    The control is the same read by the identity that they belong to; and the other identity must read its own patient,
    since a token that opens nothing is refused everywhere.

    Good: ``GET Patient/b`` with the token of a: 403 or 404. Bad: 200 with patient b.
    """
    yield from _judged(ev, p, "scope.reads", "A read")


@check("scope.searches-are-bound", params=Pairwise, needs=lambda p, settings: _needs(p, "scope.searches"), source=_API1)
def searches_are_bound(ev: EvidenceView, p: Pairwise) -> Iterator[Statement]:
    """A search shows nothing of another patient: by id, by patient, in the compartment, without criteria, as a count.

    Every entry of the page is looked at. Controls as for reads.

    Good: ``Observation?patient=b`` with the token of a: an empty Bundle, or 403. Bad: observations of b; ``total`` 7.
    """
    yield from _judged(ev, p, "scope.searches", "A search")


@check("scope.joins-are-bound", params=Pairwise, needs=lambda p, settings: _needs(p, "scope.joins"), source=_API1)
def joins_are_bound(ev: EvidenceView, p: Pairwise) -> Iterator[Statement]:
    """What comes along with a search, or by an operation, is bound as what is searched: nothing of another patient.

    Tried are _revinclude on resources that patients share, _include, _has, and $everything where it is declared.
    Controls as for reads.

    Good: ``Organization?_revinclude=Patient:organization`` shows one's own patient alone. Bad: all patients of it.
    """
    yield from _judged(ev, p, "scope.joins", "A search that joins, or an operation,")


@check("scope.versions-are-bound", params=Pairwise, needs=lambda p, settings: _needs(p, "scope.versions"), source=_API1)
def versions_are_bound(ev: EvidenceView, p: Pairwise) -> Iterator[Statement]:
    """A version of another patient, and a history, are bound as reads are. Controls as for reads.

    Good: ``GET Patient/b/_history/1`` with the token of a: 404. Bad: the version.
    """
    yield from _judged(ev, p, "scope.versions", "A version or history")


@check("scope.batches-are-bound", params=Pairwise, needs=lambda p, settings: _needs(p, "scope.batch"), source=_API1)
def batches_are_bound(ev: EvidenceView, p: Pairwise) -> Iterator[Statement]:
    """Each entry of a batch is authorised by itself: reads in a batch show nothing of another patient.

    The batch holds reads alone. Controls as for reads; where the server takes no batch, nothing is decided.

    Good: entries with status 403 or 404. Bad: an entry with patient b.
    """
    yield from _judged(ev, p, "scope.batch", "A batch of reads")


@check("scope.pages-are-bound", params=Pairwise, needs=lambda p, settings: _needs(p, "scope.pages"), source=_API1)
def pages_are_bound(ev: EvidenceView, p: Pairwise) -> Iterator[Statement]:
    """The link to the next page of a search is of no use to another identity. Controls as for reads.

    Good: 403 or 404. Bad: the second page.
    """
    yield from _judged(ev, p, "scope.pages", "A page of a search")


@check(
    "scope.tenants-are-apart",
    params=Pairwise,
    needs=lambda p, settings: _needs(p, "scope.reads", "scope.searches"),
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x17-V8-Authorization.md",
)
def tenants_are_apart(ev: EvidenceView, p: Pairwise) -> Iterator[Statement]:
    """Nothing of a patient of one organisation is read or found by the identity of another.

    The supplier names, for each of two organisations, a patient that it alone may see. Controls as for reads.

    Good: 404, and an empty Bundle. Bad: the patient of the other organisation.
    """
    yield from _judged(ev, p, "scope.reads", "A read")
    yield from _judged(ev, p, "scope.searches", "A search")


@check(
    "scope.forbidden-looks-absent", params=Pairwise, needs=lambda p, settings: _needs(p, "scope.alike"), source=_API1
)
def forbidden_looks_absent(ev: EvidenceView, p: Pairwise) -> Iterator[Statement]:
    """A patient whom the identity may not see, and one who does not exist, are answered with the same status.

    Good: 404 to both, or 403 to both. Bad: 403 to the one and 404 to the other: who is a patient here can be tried out.
    """
    own = ev.record(_known(p)).exchange("own")
    for absent, forbidden in ev.record(Need(probe="scope.alike", params=p)).pairs():
        evidence = (absent.id, forbidden.id)
        if own is None or not own.ok:
            message = f"the identity '{p.one}' cannot read its own patient, so nothing follows from what it is refused"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
        elif absent.status not in _REFUSALS or forbidden.status not in _REFUSALS:
            message = f"answered with {absent.status} and {forbidden.status}, which are not both refusals"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
        elif absent.status != forbidden.status:
            yield Finding(
                message="A patient whom the identity may not see can be told from one who does not exist.",
                expected=f"{absent.status} to both, or another status to both",
                actual=f"{forbidden.status} where there is a patient, {absent.status} where there is none",
                place=forbidden.request.url,
                evidence=evidence,
            )
        else:
            what = f"Forbidden and absent patients are answered with {absent.status} alike."
            yield Examined(what=what, evidence=evidence, interaction="read")


def _write(p: OfType) -> Need:
    return Need(probe="scope.write", params=p)


@check(
    "scope.read-only-cannot-write",
    params=OfType,
    needs=lambda p, settings: [_write(p)],
    source="http://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html",
)
def read_only_cannot_write(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An identity whose scope covers reads alone creates nothing: the same create by the default identity gives 201.

    The identity ``read-only`` has to read, so that it is the scope that is refused. What was made is removed.

    Good: 403 with insufficient_scope. Bad: 201.
    """
    view = ev.record(_write(p))
    reads = view.exchange("reads")
    works = reads is not None and reads.ok
    for control, mutant in view.pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="identity",
            gives="new patient",
            works=lambda exchange: exchange.status == 201,
            refused=lambda exchange: exchange.status in (401, 403) and not gives_data(exchange),
            unsure=lambda exchange: "" if works else f"'{READ_ONLY}' cannot read either, so it is not its scope",
            what=f"A create by '{READ_ONLY}'",
            expected="403 with error insufficient_scope",
        )
