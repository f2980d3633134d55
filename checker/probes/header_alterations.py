"""What a negative test may do to a header that every request carries: leave it out, or spoil its value."""

from __future__ import annotations

import msgspec

from checker.errors import CheckerFault
from checker.model.asked import MALFORMED, WITHOUT
from checker.model.exchange import Headers, Request

SPOILT = "not-a-uuid"
"""No UUID, and no number: what a header that asks for either cannot hold."""


def without_header_alteration(request: Request) -> Request:
    """The request as credentials see it: what is done to a header is none of their business.

    >>> without_header_alteration(Request(url="https://s.example", alteration="without-header:X-Request-ID")).alteration
    ''
    """
    is_of_header = request.alteration.startswith((WITHOUT, MALFORMED))
    return msgspec.structs.replace(request, alteration="") if is_of_header else request


def altered_headers(headers: Headers, alteration: str) -> Headers:
    """The headers that are sent, with that alteration; as they are when it is of something else.

    >>> altered_headers((("A", "1"), ("B", "2")), "without-header:a")
    (('B', '2'),)
    >>> altered_headers((("A", "1"),), "malformed-header:a")
    (('A', 'not-a-uuid'),)
    """
    kind, colon, name = alteration.partition(":")
    if not colon:
        return headers
    if not name:
        raise CheckerFault("An alteration of a header names none.", next_step="Report this fault.")
    wanted = name.lower()
    if kind + colon == WITHOUT:
        return tuple(pair for pair in headers if pair[0].lower() != wanted)
    return tuple((one, SPOILT if one.lower() == wanted else value) for one, value in headers)
