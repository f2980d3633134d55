"""Finding a patient by NHS number, however it is spelt, and without it; and being sure that it is the one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, cut_off, not_the_supplier, resource_of
from checker.checks.criteria import is_alone
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, number_of
from checker.checks.number_use import ISB_0149, identifiers
from checker.fhir import bundle, identifier, statement
from checker.model.asked import OfType
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_PATIENTS = OfType(type="Patient")
_SEARCHES = Need(probe="nhs-number.searches", params=NoParams())
_ALL = Need(probe="fhir.search", params=_PATIENTS)
_CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())
_NEEDS = (_SEARCHES, _ALL, _CAPABILITIES)
_CONFIRMING = ("name", "birthDate", "gender")
_SERVER_ERROR = 500


@check("nhs-number.finds", needs=lambda p, settings: _NEEDS, source=ISB_0149)
def finds(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A patient is found by NHS number alone, and by name, birth date and gender without it.

    Searched is for a patient whom the search for all shows: by POST, so that nothing of them stands in a URL. By
    number, that patient must come and nobody who does not carry the number; by the other three, that patient must come.
    An interface that does not declare a parameter leaves the row open: screens may search where it does not.

    Good: ``identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018`` gives the one patient.
    Bad: it gives nobody, or everybody.
    """
    subject = _subject(ev)
    if isinstance(subject, Undecided):
        yield subject
        return
    alone = is_alone(ev, _PATIENTS)
    for role, parameters in (("by-number", ("identifier",)), ("by-demographics", ("family", "birthdate", "gender"))):
        what = "the search by NHS number" if role == "by-number" else "the search by name, birth date and gender"
        exchange = answer(ev.record(_SEARCHES), role, what)
        if isinstance(exchange, Undecided):
            if role == "by-demographics" and ev.record(_SEARCHES).exchange(role) is None:
                message = "no patient who is shown has family name, birth date and gender to search by"
                exchange = Undecided(reason=Reason.NO_DATA, message=message)
            yield exchange
            continue
        found = _found(ev, exchange, subject, what, parameters, own_number=role == "by-number")
        if found is None and alone:
            message = f"{what}: there is one Patient only, so it does not show that the criterion counts: load a second"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
        else:
            said = f"A patient was found: {what}."
            yield found or Examined(what=said, evidence=(exchange.id,), interaction="search")


def _found(
    ev: EvidenceView,
    exchange: Exchange,
    subject: dict[str, Any],
    what: str,
    parameters: tuple[str, ...],
    *,
    own_number: bool,
) -> Finding | Undecided | None:
    """What is wrong with a search for a patient who is there; None when it finds them."""
    missing = [one for one in parameters if not _is_declared(ev, one)]
    page = resource_of(exchange, "Bundle", what)
    if not isinstance(page, dict):
        if missing and isinstance(page, Finding):
            message = f"{what}: the interface does not offer {', '.join(missing)}; whether screens do takes a person"
            return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        return page
    matches = [one for _, one in bundle.matches(page, "Patient")]
    others = sum(1 for one in matches if not _carries(one, subject)) if own_number else 0
    if any(one.get("id") == subject["id"] for one in matches) and not others:
        return None
    if missing:
        message = f"{what}: the interface does not declare {', '.join(missing)}; whether screens do takes a person"
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    if not others and bundle.link(page, "next"):
        message = f"{what}: the patient is not on the first page, and there are more"
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    return Finding(
        message=f"A patient who is there is not found: {what}.",
        expected="that patient" + (", and nobody without the number" if own_number else ""),
        actual=f"{others} patients without that number" if others else f"{len(matches)} others",
        place=_address(exchange),
        evidence=(exchange.id,),
    )


@check("nhs-number.spaces-accepted", needs=lambda p, settings: _NEEDS, source=ISB_0149)
def spaces_accepted(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A search by NHS number takes the number with spaces as it takes it without.

    The patient must be found by the plain number first. With the number in groups (999 000 0018) the same patient must
    come, and nobody else. An interface that finds nobody by it, or refuses it with 400 or 422, leaves the row open:
    FHIR compares values as they are, and what people type goes through a screen first. To find somebody else,
    or to break (500), is a finding.

    Good: both spellings give the one patient. Bad: the spaced one gives everybody whose number begins with 999.
    """
    subject = _subject(ev)
    if isinstance(subject, Undecided):
        yield subject
        return
    what = "The search by an NHS number with spaces"
    plain = answer(ev.record(_SEARCHES), "by-number", "the search by NHS number")
    exchange = answer(ev.record(_SEARCHES), "spaced", what)
    if isinstance(plain, Undecided) or isinstance(exchange, Undecided):
        yield plain if isinstance(plain, Undecided) else exchange  # type: ignore[misc]
        return
    both = (plain.id, exchange.id)
    if _found(ev, plain, subject, what, (), own_number=True) is not None or is_alone(ev, _PATIENTS):
        message = "a patient must be found by the plain NHS number first, and not be the only one"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=both)
        return
    if (doubt := not_the_supplier(exchange, what) or cut_off(exchange, what)) is not None:
        yield doubt
        return
    matches = [one for _, one in bundle.matches(exchange.json().value, "Patient")]
    others = sum(1 for one in matches if not _carries(one, subject))
    if exchange.status >= _SERVER_ERROR or others:
        yield Finding(
            message=f"{what} " + ("gives patients with other numbers." if others else "breaks the server."),
            expected="the patient whom the plain number gives, or nobody",
            actual=f"{others} other patients" if others else str(exchange.status),
            place=_address(exchange),
            evidence=both,
        )
    elif matches:
        said = "A patient is found by NHS number with spaces and without."
        yield Examined(what=said, evidence=both, interaction="search")
    else:
        message = f"{what} finds nobody here, which FHIR allows; whether screens take it takes a person"
        yield Undecided(reason=Reason.HUMAN, message=message, evidence=both)


@check("nhs-number.confirmed-by-others", needs=lambda p, settings: _NEEDS, source=ISB_0149)
def confirmed_by_others(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A patient who is found by NHS number comes with name, birth date and gender to confirm them by.

    Held against each other are the answer to the search by number and the patient as the search for all shows them:
    what is there must be here. Where no patient who is shown has one of the three, its absence is a finding too.
    That staff do confirm takes a person to see.

    Good: one match with name, birth date and gender. Bad: one match with ``id`` and ``identifier``.
    """
    subject = _subject(ev)
    if isinstance(subject, Undecided):
        yield subject
        return
    exchange = answer(ev.record(_SEARCHES), "by-number", "the search by NHS number")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    match = next((o for _, o in bundle.matches(exchange.json().value, "Patient") if o.get("id") == subject["id"]), None)
    if match is None or exchange.lost:
        message = "the search by NHS number does not give the patient, so there is nothing to confirm"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        return
    listed = ev.record(_ALL).exchange("search")
    everybody = [one for _, one in bundle.matches(listed.json().value if listed else None, "Patient")]
    absent = [name for name in _CONFIRMING if not match.get(name)]
    surely = [name for name in absent if subject.get(name) or not any(one.get(name) for one in everybody)]
    if surely:
        yield Finding(
            message=f"A search by NHS number gives a patient without {', '.join(surely)}.",
            expected=", ".join(_CONFIRMING),
            actual=f"without {', '.join(surely)}",
            place=f"{_address(exchange)}#/entry",
            evidence=(exchange.id,),
        )
    elif absent:
        message = f"the patients who are shown have no {', '.join(absent)}, others do: load one with all three"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
    else:
        said = "A patient found by NHS number comes with name, birth date and gender."
        yield Examined(what=said, evidence=(exchange.id,), interaction="search")


def _subject(ev: EvidenceView) -> dict[str, Any] | Undecided:
    """The patient who is searched for, as the search for all shows them."""
    view = ev.record(_SEARCHES)
    id = view.record.notes.get("id")
    exchange = ev.record(_ALL).exchange("search")
    page = exchange.json().value if exchange is not None else None
    found = next((one for _, one in bundle.matches(page, "Patient") if one.get("id") == id), None)
    return found if found is not None and id else view.undecided("a patient with an NHS number to search for")


def _carries(patient: dict[str, Any], subject: dict[str, Any]) -> bool:
    """Does a patient carry an NHS number of the one who is searched for?"""
    own = [number_of(one["value"]) for _, one in identifiers(subject) if is_nhs_number(one, NHS_NUMBER_SYSTEM)]
    return any(identifier.carries(patient, NHS_NUMBER_SYSTEM, number) for number in own if number)


def _is_declared(ev: EvidenceView, name: str) -> bool:
    """Is the search parameter declared for Patient? Where nothing is declared at all, nobody knows: then it is."""
    exchange = ev.record(_CAPABILITIES).exchange("metadata")
    stated = exchange.json().value if exchange is not None and exchange.ok else None
    for one in statement.resources(stated):
        if one.get("type") == "Patient":
            listed = statement.parameters(one)
            return listed is None or not listed or name in listed
    return True


def _address(exchange: Exchange) -> str:
    """Where a request went, without the criteria, which are about a person."""
    return exchange.request.url.partition("?")[0]
