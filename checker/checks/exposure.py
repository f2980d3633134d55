"""What should not lie open: all patients without a question, and files beside the interface.

Source: OWASP API Security Top 10 2023, API6; OWASP ASVS 5.0.0, 13.4.1 and 13.4.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.bodies import answer
from checker.checks.odd_pairs import is_searchset
from checker.checks.refusal import refusal
from checker.checks.somebody import nobody_shown
from checker.fhir import bundle
from checker.model.asked import EXPOSED, ExposedPath
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

VISIBLE = "visible-patients"
"""The name in ``[known]`` of how many patients the default identity may see at all."""
_METADATA = Need(probe="fhir.capabilities", params=NoParams())
_UNFILTERED = Need(probe="hardening.unfiltered", params=NoParams())


def _patients_told(exchange: Exchange) -> tuple[int, bool]:
    """How many patients an answer tells of at least, and whether that is all of them."""
    body = exchange.json().value
    total = body.get("total") if isinstance(body, dict) else None
    shown = len(bundle.ids(body, "Patient"))
    if isinstance(total, int) and not isinstance(total, bool) and total >= shown:
        return total, True
    more = any(link.get("relation") == "next" for link in bundle.links(body))
    return shown + more, not more


@check(
    "search.all-patients-are-not-listed",
    needs=lambda p, settings: [_UNFILTERED],
    source="https://owasp.org/API-Security/editions/2023/en/0xa6-unrestricted-access-to-sensitive-business-flows/",
)
def all_patients_are_not_listed(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``GET Patient`` without a criterion is refused, or gives no more patients than the caller may see.

    How many that are, says ``visible-patients`` in ``[known]`` of the supplier file. Without it, more than one patient
    decides nothing, since a caseload looks the same from outside; unless the token is that of one patient (a scope of
    ``patient/``). The control is a search that finds nobody; and where nobody is listed, a patient that some other
    answer gave: a system that shows none lists none.

    Good: 400; the one patient of the token. Bad: a Bundle of all there are.
    """
    view = ev.record(_UNFILTERED)
    pairs = view.pairs()
    if not pairs:
        yield view.undecided("GET Patient without a criterion")
    said = ev.supplier.known_value(VISIBLE) or ""
    known = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else None
    for control, mutant in pairs:
        scope = mutant.http.credential.scope if mutant.http.credential is not None else ""
        of_one = "patient/" in scope and "system/" not in scope and "user/" not in scope
        most = 1 if known is None else known
        told, _ = _patients_told(mutant)
        if mutant.status >= 500 or (mutant.ok and (mutant.lost or not is_searchset(mutant))):
            message = f"GET Patient without a criterion was answered with {mutant.status}, and cannot be judged"
            yield Undecided(reason=Reason.NETWORK, message=message, evidence=(mutant.id,))
        elif mutant.ok and told > most and known is None and not of_one:
            message = (
                f"GET Patient without a criterion gives {told} patients or more, and [known] does not say how many "
                f"this caller may see ({VISIBLE})"
            )
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(mutant.id,))
        else:
            yield from refusal(
                control,
                mutant,
                differs_in="url",
                refused=lambda one, told=told, most=most: not one.ok or told <= most,  # type: ignore[misc]
                gives="Bundle",
                works=is_searchset,
                unsure=lambda one, told=told: nobody_shown(ev) if one.ok and not told else "",  # type: ignore[misc]
                what="GET Patient without a criterion",
                expected=f"a refusal, or {most} patients at most",
            )


def _exposed() -> list[Need]:
    return [Need(probe="hardening.exposed", params=ExposedPath(name=name)) for name in EXPOSED]


@check(
    "web.nothing-lies-open",
    needs=lambda p, settings: [*_exposed(), _METADATA],
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x22-V13-Configuration.md",
)
def nothing_lies_open(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Version control, settings, metrics and consoles are not served at the host of the endpoint.

    A few well-known paths are asked for by nobody, and 200 bytes of each. Only what begins as such a file does is a
    finding: a host that answers everything with its page shows nothing. The values are not told.

    Good: 404, or 403. Bad: ``ref: refs/heads/main`` at ``/.git/HEAD``.
    """
    metadata = ev.record(_METADATA).exchange("metadata")
    if metadata is None or not metadata.ok or metadata.json().resource_type != "CapabilityStatement":
        message = "/metadata gave no CapabilityStatement, so that what is not given elsewhere proves nothing"
        yield Undecided(reason=Reason.PREREQUISITE, message=message)
    for name, (path, pattern) in EXPOSED.items():
        what = f"GET /{path}"
        exchange = answer(ev.record(Need(probe="hardening.exposed", params=ExposedPath(name=name))), "exposed", what)
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        text = (exchange.body_bytes or b"")[:4000].decode("utf-8", "replace")
        if exchange.status == 429 or exchange.status >= 500 or (exchange.ok and exchange.lost):
            message = f"{what} was answered with {exchange.status}, and cannot be judged"
            yield Undecided(reason=Reason.NETWORK, message=message, evidence=(exchange.id,))
        elif exchange.ok and re.search(pattern, text):
            yield Finding(
                message=f"/{path} lies open.",
                expected="404 or 403",
                actual=f"{exchange.status}, with what such a file begins with",
                place=exchange.request.url,
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what=f"{what} gives nothing of the inside ({exchange.status}).", evidence=(exchange.id,))
