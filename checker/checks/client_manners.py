"""How a client uses its access tokens, and what it does when it is refused. Source: NHS API platform, rate limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise

from checker.checks.client_requests import AUDITED, CALL, REQUESTS, TOKEN, Facts, captured, place, unread
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Statement, Undecided
from checker.model.view import EvidenceView

_LIMITS = "https://digital.nhs.uk/developer/guides-and-documentation/reference-guide#rate-limits"
_LIFE_S = 599.0
"""So long a token of the platform lives, where the answer that brought it does not say."""
_NEAR_THE_END_S = 60.0
_TOLERANCE_S = 0.5
_AT_ONCE_S = 0.5
_LOOP = 3
"""So many refusals of the same request one after the other are a loop, within a minute of each other."""
_MINUTE_S = 60.0
Wrong = tuple[str, str, str, str]


@check("client.reuses-its-token", needs=lambda p, settings: [REQUESTS], source=_LIMITS)
def reuses_its_token(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An access token is used for many calls, and a new one is asked for when it is about to end, or was refused.

    Wasted is a token that served one call at most, though it was replaced with more than a minute of its life left and
    nobody had refused it. Most of those that were replaced being wasted, and two at least, is a fault; one early
    renewal is none, nor are several instances of a client with a token each. ``expires_in`` counts as a text too.

    Good: 40 calls, and a new token after 580 s. Bad: a token for each call.
    """
    found = captured(ev)
    if isinstance(found, Undecided):
        yield found
        return
    got = [one for one in found.platform().exchanges if one["token"]]
    calls = [one for one in found.of(CALL).exchanges if one["token"]]
    served = {one["token"]: sum(call["token"] == one["token"] for call in calls) for one in got}
    replaced = list(pairwise(got))
    wasted = [one for one, after in replaced if served[one["token"]] <= 1 and _early(one, after, calls)]
    if len(wasted) >= 2 and len(wasted) * 2 > len(replaced):
        message = "A new token is asked for though the one before was hardly used."
        expected, actual = "many calls with one token", f"{len(got)} tokens for {sum(served.values())} calls"
        asked = found._replace(exchanges=got)
        yield from asked.statements("access tokens", [(message, expected, actual, place(one)) for one in wasted])
        return
    if max(served.values(), default=0) < 2:
        yield found.undecided("no two calls with an access token of the platform were captured")
        return
    yield from found._replace(exchanges=got).statements("access tokens", ())
    yield from unread(found)


def _early(one: Facts, after: Facts, calls: list[Facts]) -> bool:
    """Was a token replaced long before its end, and not since it was refused?"""
    refused = any(call["token"] == one["token"] and call["status"] == 401 for call in calls)
    return not refused and float(one["at"]) + _life(one) - float(after["at"]) > _NEAR_THE_END_S


def _life(one: Facts) -> float:
    said = one["expires_in"]
    try:
        return float(said) if isinstance(said, int | float | str) and not isinstance(said, bool) else _LIFE_S
    except ValueError:
        return _LIFE_S


@check("client.backs-off", needs=lambda p, settings: [REQUESTS], source=_LIMITS)
def backs_off(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """After 429 a client waits as long as Retry-After says, and a while without it; after 401 it takes one new token.

    Looked at is the same request (method and URL) sent again. A request that was refused with 401 is not sent again
    with the same token, and nothing is refused three times running within a minute of each other. Both answers have to
    be seen: a stand-in for the platform gives them. Whether waits have jitter in them is not looked at.

    Good: 429 with ``Retry-After: 2``, and again after 2.3 s. Bad: again after 0.1 s; 401 ten times.
    """
    found = captured(ev)
    if isinstance(found, Undecided):
        yield found
        return
    seen = found.of(CALL, AUDITED, TOKEN)
    groups: dict[str, list[Facts]] = {}
    for one in seen.exchanges:
        groups.setdefault(one["request"], []).append(one)
    wrong = [fault for group in groups.values() for fault in (*_hurried(group), *_insisting(group))]
    statuses = {one["status"] for one in seen.exchanges}
    looked = seen._replace(exchanges=[one for one in seen.exchanges if one["status"] in (401, 429)])
    for status in (429, 401):
        if status not in statuses:
            yield found.undecided(f"no answer {status} was captured, so that nothing tells what the client does then")
    if looked.exchanges or wrong:
        yield from looked.statements("refusals", wrong)
    yield from unread(found)


def _hurried(group: list[Facts]) -> Iterator[Wrong]:
    for one, after in pairwise(group):
        if one["status"] != 429:
            continue
        waited, asked = float(after["at"]) - float(one["at"]), _asked_wait(one)
        if asked is not None and waited < asked - _TOLERANCE_S:
            message = "A client does not wait as long as it is told to."
            yield message, f"{asked:g} s (Retry-After)", f"{waited:.1f} s", place(after)
        elif asked is None and waited < _AT_ONCE_S:
            yield "A client asks again at once when it asks too often.", "a wait", f"{waited:.1f} s", place(after)


def _asked_wait(one: Facts) -> float | None:
    """How many seconds Retry-After asks for: a number, or a time (RFC 9110 §10.2.3)."""
    said = one["retry_after"] or ""
    if said.isascii() and said.isdigit() and len(said) < 7:
        return float(said)
    try:
        until: datetime = parsedate_to_datetime(said)
        return until.timestamp() - float(one["at"])
    except (ValueError, TypeError, OverflowError):
        return None


def _insisting(group: list[Facts]) -> Iterator[Wrong]:
    running = 0
    for at, one in enumerate(group):
        before = group[at - 1] if at else None
        soon = before is not None and float(one["at"]) - float(before["at"]) <= _MINUTE_S
        is_token = one["kind"] == TOKEN
        refused = one["status"] == 401 or (is_token and one["status"] in (400, 403))
        running = (running + 1 if soon else 1) if refused else 0
        if running == _LOOP:
            message = "A client goes on asking what was refused."
            yield message, "one new token, then an error for people", f"{_LOOP} times or more", place(one)
        if before is None or before["status"] != 401 or not soon or is_token:
            continue
        if _token(one) and _token(one) == _token(before):
            message = "A client sends a token again that was refused."
            yield message, "a new token", "the same", place(one)


def _token(one: Facts) -> str:
    held = one["token"]
    return str(held["digest"]) if isinstance(held, dict) else held or ""
