"""What the tokens of GP Connect say: why, for what, and on behalf of whom.

Source: GP Connect, cross-organisation audit and provenance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.checks.audit_tokens import SOURCE, Wrong, audited, claims_of, judged
from checker.checks.client_requests import REQUESTS, Facts, place, shown, unread
from checker.model.asked import ORGANISATIONS
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Statement, Undecided
from checker.model.view import EvidenceView

_MIGRATES = "$gpc.migratestructuredrecord"
_ODS = {"1.x": "https://fhir.nhs.uk/Id/ods-organization-code", "0.x": "http://fhir.nhs.net/Id/ods-organization-code"}
_ODS_CODE = re.compile(r"[A-Z0-9]{3,12}")
_READ, _WRITE, _OTHER = "patient/*.read", "patient/*.write", "organization/*.read"
_SCOPES = (
    (_WRITE, "POST", r"Patient/\$gpc\.registerpatient|Appointment"),
    (_WRITE, "PUT", r"Appointment/\{id\}"),
    (_READ, "POST", r"Patient/\$gpc\.(?:getstructuredrecord|migratestructuredrecord|getcarerecord)"),
    (_READ, "GET", r"Patient(?:/\{id\}(?:/(?:Appointment|DocumentReference))?)?|(?:Appointment|Binary)/\{id\}"),
    (_OTHER, "GET", r"metadata|(?:Organization|Practitioner|Location|Slot|HealthcareService)(?:/\{id\})?"),
)
"""Scope, method and path, as the table of the specification has them."""


@check("audit-token.says-why", needs=lambda p, settings: [REQUESTS], source=f"{SOURCE}#reason_for_request-claim")
def says_why(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``reason_for_request`` is ``directcare``; for the operation that migrates a record it may be ``migration``.

    Good: ``directcare``. Bad: ``secondaryuses``; ``migration`` on a search for a patient.
    """
    yield from judged(ev, "tokens", _reason)


def _reason(one: Facts) -> Iterator[Wrong]:
    said = claims_of(one).get("reason_for_request")
    if said != "directcare" and not (said == "migration" and _MIGRATES in one["path"]):
        yield "A token names another reason.", '"directcare"', shown(said), place(one)


@check("audit-token.scope-fits", needs=lambda p, settings: [REQUESTS], source=f"{SOURCE}#requested_scope-claim")
def scope_fits(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``requested_scope`` is the one that the specification's table has for what is asked.

    ``patient/*.read`` and ``patient/*.write`` for patients, their records and appointments; ``organization/*.read``
    for metadata, organisations, practitioners, locations and slots; ``organization/*.write`` for nothing.
    ``conf/N`` or ``conf/R`` may stand beside it. Requests that the table does not know are not judged.

    Good: ``patient/*.read conf/N`` on a search for a patient. Bad: ``patient/*.write`` on the same.
    """
    found = audited(ev)
    if isinstance(found, Undecided):
        yield found
        return
    known = [(one, wanted) for one in found.exchanges if claims_of(one) and (wanted := _wanted(one))]
    if not known:
        yield found.undecided("no request of GP Connect that the table of scopes knows carries a token", Reason.NO_DATA)
        return
    looked = found._replace(exchanges=[one for one, _ in known])
    yield from looked.statements("tokens", (one for request, wanted in known for one in _scope(request, wanted)))
    yield from unread(found)


def _wanted(one: Facts) -> str:
    fitting = (scope for scope, method, path in _SCOPES if one["method"] == method and re.fullmatch(path, one["path"]))
    return next(fitting, "")


def _scope(one: Facts, wanted: str) -> Iterator[Wrong]:
    said = claims_of(one).get("requested_scope")
    scopes = [part for part in said.split() if part not in ("conf/N", "conf/R")] if isinstance(said, str) else []
    if scopes != [wanted]:
        yield "A token asks for another scope than its request takes.", f'"{wanted}"', shown(said), place(one)


@check("audit-token.names-a-person", needs=lambda p, settings: [REQUESTS], source=f"{SOURCE}#sub-subject-claim")
def names_a_person(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``sub`` is ``requesting_practitioner.id``, and neither it nor the user's own identifier is a generic name.

    Of both only digests are kept. A generic name is one such as ``system``, ``admin`` or ``user``; a name that looks
    like a person's and is shared is not seen. The operation that migrates a record may leave the practitioner out.

    Good: ``10019`` twice. Bad: ``system``; ``sub`` of one, ``id`` of another.
    """
    yield from judged(ev, "tokens", _person)


def _person(one: Facts) -> Iterator[Wrong]:
    held = claims_of(one)
    who: Any = held.get("requesting_practitioner")
    subject, migrates = held.get("sub"), _MIGRATES in one["path"]
    word = held.get("generic_sub") or (who or {}).get("generic")
    if word and not migrates:
        yield "A token names a user who is nobody.", "the user who is signed in", f'"{word}"', place(one)
    named = who.get("id") if isinstance(who, dict) else None
    if migrates and named is None:
        return
    if not isinstance(named, str) or not named or named != subject:
        actual = "another" if isinstance(named, str) and named and subject else "missing"
        yield "sub of a token is not the id of its practitioner.", "the same id", actual, place(one)


@check(
    "audit-token.names-the-organisation",
    needs=lambda p, settings: [REQUESTS],
    source=f"{SOURCE}#requesting_organization-claim",
)
def names_the_organisation(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``requesting_organization`` carries the ODS code, under its system, of the organisation whose user asks.

    Which organisations those are, says ``requesting-organisations`` in ``[known]`` of the supplier file (ODS codes,
    separated by blanks). Without it a code decides nothing: that of a hosting company looks like any other.

    Good: the code of the practice whose clinician is signed in. Bad: that of the company that hosts the software.
    """
    known = frozenset((ev.supplier.known_value(ORGANISATIONS) or "").upper().replace(",", " ").split())
    looked = False
    for one in judged(ev, "tokens", lambda request: _organisation(request, known)):
        looked = looked or not isinstance(one, Undecided)
        yield one
    if not known and looked:
        message = f"which organisations ask is not said: name their ODS codes in [known] ({ORGANISATIONS})"
        yield Undecided(reason=Reason.PREREQUISITE, message=message)


def _organisation(one: Facts, known: frozenset[str]) -> Iterator[Wrong]:
    who = claims_of(one).get("requesting_organization")
    wanted = [_ODS[one["line"]]] if one["line"] in _ODS else list(_ODS.values())
    pairs = list(zip(who.get("systems", ()), who.get("values", ()), strict=False)) if isinstance(who, dict) else []
    codes = [value for system, value in pairs if system in wanted and isinstance(value, str)]
    message = "A token does not carry the ODS code of the organisation that asks."
    if not any(_ODS_CODE.fullmatch(code.upper()) for code in codes):
        yield message, f"a code under {wanted[0]}", "none", place(one)
    elif known and not any(code.upper() in known for code in codes):
        yield message, f"one of {', '.join(sorted(known)[:5])}", shown(codes[0]), place(one)


@check("audit-token.names-the-device", needs=lambda p, settings: [REQUESTS], source=f"{SOURCE}#requesting_device-claim")
def names_the_device(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``requesting_device`` has an identifier with system and value, a model and a version, none of them empty.

    Good: ``"model": "Rowan Record", "version": "4.2.0"``. Bad: ``"version": ""``.
    """
    yield from judged(ev, "tokens", _device)


def _device(one: Facts) -> Iterator[Wrong]:
    who = claims_of(one).get("requesting_device")
    held = who if isinstance(who, dict) else {}
    pairs = zip(held.get("systems", ()), held.get("values", ()), strict=False)
    missing = [] if any(isinstance(system, str) and system and value for system, value in pairs) else ["identifier"]
    missing += [name for name in ("model", "version") if held.get(name) is not True]
    if missing:
        actual = f"without {', '.join(missing)}"
        yield "A token does not say from what it comes.", "identifier, model and version", actual, place(one)
