"""The one wrapper for negative tests: "is refused" (law 6).

A refusal is only believed when the control beside it worked, at most 60 s away, over the same
protocol, and the mutant differs from it in exactly one respect. A refused connection, a silent
close, a server error of the gateway or a 429 is not a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checker.model.exchange import differences
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import Exchange

MOST_APART_S = 60.0
"""A control further away than this many seconds proves nothing about the mutant."""

_NOT_AN_ANSWER = {429: "too many requests", 502: "bad gateway", 503: "unavailable", 504: "gateway timeout"}


def refusal(
    control: Exchange,
    mutant: Exchange,
    *,
    differs_in: str,
    refused: Callable[[Exchange], bool],
    gives: str,
    what: str,
    expected: str,
    works: Callable[[Exchange], bool] | None = None,
) -> Iterator[Statement]:
    """Judge one negative test.

    ``gives`` is the resource type of a control that worked: a login page with status 200 is none. Where a control
    gives no resource (a file of lines, a job that has begun), ``works`` says whether it worked, and ``gives`` is
    the word for what it gave.
    ``refused`` says whether an answer is the refusal that the requirement asks for; ``what`` names
    the thing in a sentence, ``expected`` the answer that would be right. Raises ``ValueError`` if
    control and mutant differ in anything but ``differs_in``: that is a fault of the probe.
    """
    found = differences(control.request, mutant.request)
    if found != (differs_in,):
        raise ValueError(f"control and mutant differ in {found}, not in {differs_in} alone")
    both = (control.id, mutant.id)
    obstacle = _obstacle(control, mutant, gives, works)
    if obstacle is not None:
        reason, message = obstacle
        yield Undecided(reason=reason, message=f"{what}: {message}", evidence=both)
    elif refused(mutant):
        yield Examined(
            what=f"{what}: answered with {mutant.status}; the control with {control.status}.",
            evidence=both,
            interaction=mutant.http.interaction,
        )
    else:
        yield Finding(
            message=f"{what}: answered with {mutant.status}.",
            expected=expected,
            actual=_told(mutant),
            place=mutant.request.url,
            evidence=(mutant.id, control.id),
        )


def _told(mutant: Exchange) -> str:
    """What came back instead of the refusal, in a few words."""
    parts = [str(mutant.status), (mutant.header("Content-Type") or "without Content-Type")[:80]]
    if mutant.status == 401 and not mutant.header("WWW-Authenticate"):
        parts.append("without WWW-Authenticate")
    if mutant.json().resource_type not in ("", "OperationOutcome"):
        parts.append("with a resource")
    return ", ".join(parts)


def _obstacle(
    control: Exchange, mutant: Exchange, gives: str, works: Callable[[Exchange], bool] | None
) -> tuple[Reason, str] | None:
    """Why nothing can be said, if so."""
    if control.failure is not None:
        return control.failure.reason, f"the control got no answer ({control.failure.message})"
    if not control.ok:
        return Reason.PREREQUISITE, f"the control was answered with {control.status}, so a refusal proves nothing"
    if control.lost:
        return control.evidence.withheld or Reason.NO_DATA, "the body of the control cannot be looked at"
    if not (works(control) if works is not None else control.json().resource_type == gives):
        return Reason.PREREQUISITE, f"the control gave no {gives}, so a refusal proves nothing"
    if mutant.failure is not None and mutant.response is None:
        return mutant.failure.reason, f"no answer ({mutant.failure.message}), which is not a refusal"
    if mutant.status in _NOT_AN_ANSWER:
        return Reason.NETWORK, f"{mutant.status} ({_NOT_AN_ANSWER[mutant.status]}), which is not a refusal"
    apart_s = abs((mutant.at - control.at).total_seconds())
    if apart_s > MOST_APART_S:
        return Reason.PREREQUISITE, f"the control is {apart_s:.0f} s away, more than {MOST_APART_S:.0f} s"
    one, other = control.response, mutant.response
    if one is not None and other is not None and one.wire.http_version != other.wire.http_version:
        return Reason.PREREQUISITE, "control and mutant did not go over the same protocol"
    return None
