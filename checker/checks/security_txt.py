"""The file by which whoever finds a hole finds whom to tell. Source: RFC 9116."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from checker.checks.bodies import answer
from checker.checks.passive import is_https
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_FILE = Need(probe="hardening.security-txt", params=NoParams())
_FIELD = re.compile(r"([!#-9;-~]{1,60}):[ \t]*(.{1,2000})")
_YEAR = timedelta(days=366)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def fields(text: str) -> list[tuple[str, str]]:
    r"""Names (lower case) and values, in order; comments, signatures and empty lines are left out.

    >>> fields("# us\r\nContact: mailto:a@b.example\r\n")
    [('contact', 'mailto:a@b.example')]
    """
    found = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("-----BEGIN PGP SIGNATURE"):
            break
        match = None if line.startswith("#") else _FIELD.fullmatch(line.rstrip())
        if match:
            found.append((match[1].lower(), match[2].strip()))
    return found


def _file(ev: EvidenceView) -> Exchange | Undecided:
    what = "/.well-known/security.txt"
    exchange = answer(ev.record(_FILE), "file", what)
    if isinstance(exchange, Undecided):
        return exchange
    if exchange.status in (401, 403, 407, 429) or exchange.status >= 500 or exchange.lost:
        message = f"{what} was answered with {exchange.status}, and cannot be judged"
        return Undecided(reason=Reason.NETWORK, message=message, evidence=(exchange.id,))
    return exchange


def _text(exchange: Exchange) -> str:
    return (exchange.body_bytes or b"")[:40_000].decode("utf-8", "replace")


def _contact_problems(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """Message, expected, actual."""
    kind = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind != "text/plain":
        yield "security.txt is not text/plain.", "text/plain", kind[:60] or "no Content-Type"
    found = fields(_text(exchange))
    if not any(name == "contact" and value for name, value in found):
        yield "security.txt has no Contact.", "at least one Contact", "none"
    ends = [value for name, value in found if name == "expires"]
    if len(ends) != 1:
        yield "security.txt does not have one Expires.", "one Expires", str(len(ends))
        return
    try:
        end = datetime.fromisoformat(ends[0].upper()) if _TIME.fullmatch(ends[0]) else None
    except ValueError:
        end = None
    if end is None:
        yield "Expires of security.txt cannot be read.", "a time of RFC 3339", "another form"
    elif end.astimezone(UTC) <= exchange.at:
        yield "security.txt has expired.", "a time to come", ends[0][:40]
    elif end.astimezone(UTC) > exchange.at + _YEAR:
        yield "security.txt expires in more than a year.", "less than a year", ends[0][:40]


@check(
    "security-txt.names-a-contact", needs=lambda p, settings: [_FILE], source="https://www.rfc-editor.org/rfc/rfc9116"
)
def names_a_contact(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """/.well-known/security.txt is served as text/plain, with a Contact and one Expires within a year.

    The time is that of the answer. Line ends, comments, order, unknown fields and a signature around it are free.

    Good: ``Contact: mailto:security@supplier.example`` and ``Expires: 2027-06-01T00:00:00Z``.
    Bad: 404; a page; no Contact; an Expires that is over.
    """
    exchange = _file(ev)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    if exchange.ok:
        problems = list(_contact_problems(exchange))
    else:
        problems = [("There is no security.txt.", "200 with the file", str(exchange.status))]
    for message, expected, actual in problems:
        yield Finding(
            message=message, expected=expected, actual=actual, place=exchange.request.url, evidence=(exchange.id,)
        )
    if not problems:
        yield Examined(what="security.txt names a contact and is in date.", evidence=(exchange.id,))


@check("security-txt.is-sound", needs=lambda p, settings: [_FILE], source="https://www.rfc-editor.org/rfc/rfc9116")
def is_sound(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Web addresses in security.txt are https, Preferred-Languages comes once at most, Canonical names where it lies.

    A signature is not verified: whose key it is to be, the file does not say.

    Good: ``Canonical: https://supplier.example/.well-known/security.txt``. Bad: ``Policy: http://…``.
    """
    exchange = _file(ev)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    found = fields(_text(exchange)) if exchange.ok else []
    if not found:
        yield Undecided(
            reason=Reason.PREREQUISITE, message="there is no security.txt with fields", evidence=(exchange.id,)
        )
        return
    problems = [
        (f"{name.capitalize()} of security.txt is http.", "https", "http")
        for name, value in found
        if value[:5].lower() == "http:"
    ]
    if sum(name == "preferred-languages" for name, _ in found) > 1:
        problems.append(("Preferred-Languages comes more than once.", "once at most", "more than once"))
    places = [value for name, value in found if name == "canonical"]
    if places and exchange.request.url not in places and all(is_https(one) for one in places):
        problems.append(
            ("Canonical of security.txt does not name where it lies.", exchange.request.url, "other places")
        )
    for message, expected, actual in problems:
        yield Finding(
            message=message, expected=expected, actual=actual, place=exchange.request.url, evidence=(exchange.id,)
        )
    if not problems:
        yield Examined(what="The fields of security.txt are sound.", evidence=(exchange.id,))
