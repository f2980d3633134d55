"""The challenge of a 401. Source: RFC 9110 sections 11.6.1 and 15.5.2, RFC 6750 section 3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.passive import Alike, own_answers
from checker.model.asked import OfType
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_REFUSALS = Every(selector=Selector(views=("fhir",), statuses=("401",)), cover=("read",))
_TOKEN_KINDS = frozenset({"bearer", "client-credentials", "private-key-jwt"})
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"")
_SCHEME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?=[ \t]|$)(?![ \t]*=)")


def schemes(values: tuple[str, ...]) -> tuple[str, ...]:
    """The authentication schemes that WWW-Authenticate names (RFC 9110 section 11.6.1), in lower case.

    A comma parts challenges and parameters alike; a scheme is a word that no ``=`` follows.
    """
    parts = (part.strip() for value in values for part in _QUOTED.sub('""', value).split(","))
    found = (_SCHEME.match(part) for part in parts)
    return tuple(match[0].lower() for match in found if match is not None)


@check(
    "challenge.on-every-401",
    params=OfType,
    needs=lambda p, settings: [
        _REFUSALS,
        Need(probe="access.without-token", params=p),
        # A bad token is a deliberately wrong request: a run that may not send one does without.
        Need(probe="access.bad-token", params=p, optional=True),
    ],
    source="https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2",
)
def on_every_401(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Every 401 of the endpoint carries WWW-Authenticate with the name of a scheme.

    Where the supplier is used with access tokens, Bearer is among them (RFC 6750 section 3), or DPoP
    (RFC 9449 section 7.1). Parameters are free: a realm alone will do. Looks at every 401 of the run,
    to requests without a credential and to those with a bad one.

    Good: ``WWW-Authenticate: Bearer error="invalid_token"``; ``WWW-Authenticate: Bearer realm="records"``.
    Bad: no such header; ``WWW-Authenticate: Basic`` where access tokens are used.
    """
    kind = next((identity.kind for identity in ev.supplier.identities if identity.name == "default"), "none")
    bearer = kind in _TOKEN_KINDS
    wrong = Alike(
        expected=f"WWW-Authenticate: {'Bearer' if bearer else 'a scheme'}",
        place="header WWW-Authenticate",
    )
    refused = tuple(own_answers(ev, _REFUSALS))
    if not refused:
        message = "no request was answered with 401, so that there was no challenge to look at"
        yield Undecided(reason=Reason.NO_DATA, message=message)
    for exchange in refused:
        values = exchange.response.values("WWW-Authenticate") if exchange.response else ()
        named = schemes(values)
        sort = "a bad credential" if exchange.request.alteration else "a request"
        if not exchange.request.identity:
            sort = "no credential"
        if not values:
            wrong.add(f"A 401 to {sort} has no WWW-Authenticate.", "no such header", exchange)
        elif not named:
            wrong.add(f"WWW-Authenticate of a 401 to {sort} names no scheme.", "no scheme", exchange)
        elif bearer and not {"bearer", "dpop"} & set(named):
            wrong.add(f"WWW-Authenticate of a 401 to {sort} does not name Bearer.", ", ".join(named)[:80], exchange)
        else:
            yield Examined(
                what="Answers with status 401 carry a challenge.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )
    yield from wrong.findings()
