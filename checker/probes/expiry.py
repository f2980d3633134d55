"""A 401 that is the end of a token, told from one that a request deserves.

Source: RFC 6750 section 3.1 (``invalid_token``: expired, revoked, malformed, or invalid for other reasons).
"""

from __future__ import annotations

from checker.model.ask import HttpAsk
from checker.model.asked import HANDED
from checker.model.exchange import Intent, first_header
from checker.probes.answer import Answer
from checker.probes.credentials import Credential, Credentials

OPEN = "capabilities"
"""The interaction that is answered to everybody: it says nothing of a token."""


def is_expiry(credentials: Credentials, ask: HttpAsk, credential: Credential, answer: Answer, took_s: float) -> bool:
    """Was this refused because the token had ended? Then the token is given up, and the ask is asked again.

    What a negative test is refused for is something else: an altered token counts only where the token had ended by
    the clock, and a mutant with the token as it is also where the server says that it is of no more use. Each ask is
    asked again at most once. ``took_s``: seconds between asking and the answer.
    """
    request = ask.request
    if answer.failure is not None or answer.status is None or not credential.token:
        return False
    if first_header(request.headers, "Authorization") is not None:  # the probe's own, or none
        return False
    if request.identity in HANDED:  # it is there to be refused
        return False
    plain, mutant = not request.alteration, ask.intent is Intent.MUTANT
    if answer.status != 401:
        if plain and not mutant and 200 <= answer.status < 300 and ask.interaction != OPEN:
            credentials.accepted(request, credential, took_s)
        return False
    if ask.renewed:
        if plain:
            credentials.renewed_in_vain(request.identity)
        return False
    over = credentials.over(request, credential)
    if not over and plain:
        says_so = "invalid_token" in (first_header(answer.headers, "WWW-Authenticate") or "")
        over = credentials.worn_out(request, credential, says_so=says_so, may_be_meant=mutant)
    if over:
        credentials.ended(request, credential)
    return over
