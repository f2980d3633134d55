"""The keys that a client publishes for the NHS to check its signatures by. Source: RFC 7517, RFC 7518, NHS guidance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from checker.checks.bodies import answer
from checker.checks.client_assertions import assertions
from checker.checks.client_requests import REQUESTS, TOKEN, Seen, place, seen, shown, unread
from checker.model.asked import KEYS_ADDRESS
from checker.model.evidence import Artefact
from checker.model.key_set import described
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_SUBMITTED = Need(probe="client.keys", params=NoParams())
_PUBLISHED = Need(probe="client.published-keys", params=NoParams())
_NOW, _EARLIER = "client-keys", "client-keys-earlier"
_CIS2_KEYS = (
    "https://digital.nhs.uk/services/care-identity-service/applications-and-services/cis2-authentication/"
    "guidance-for-developers/detailed-guidance/key-management"
)
_RFC_7518 = "https://www.rfc-editor.org/rfc/rfc7518#section-3.3"
_FEWEST_BITS, _ADVISED_BITS = 2048, 4096
_BAD_CERTIFICATES = ("host-name", "expired", "not-yet-valid", "weak")
_SHOWN = 5
Key = dict[str, Any]


class Sets(NamedTuple):
    """Sets of keys in the order of time, each for signatures only, with their evidence."""

    earlier: Sequence[Sequence[Key]]
    now: Sequence[Key]
    evidence: tuple[str, ...]

    @property
    def every(self) -> list[Sequence[Key]]:
        """The earlier ones, and that of now."""
        return [*self.earlier, self.now]


def published(ev: EvidenceView) -> Sets | Undecided:
    """What is, and was, published: as submitted, and for that of now also as fetched."""
    view = ev.record(_SUBMITTED)
    evidence: list[str] = []
    found: dict[str, list[Sequence[Key]]] = {_NOW: [], _EARLIER: []}
    for kind, sets in found.items():
        for item in view.evidence(kind):
            payload = item.read()
            keys = payload.facts.get("keys") if isinstance(payload, Artefact) else None
            if keys is None:
                message = f"an artefact of kind {kind!r} is no set of keys"
                return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(item.id,))
            sets.append([one for one in keys if one["use"] in (None, "sig")])
            evidence.append(item.id)
    fetched = ev.record(_PUBLISHED).exchange("published")
    keys = described(fetched.json().value) if fetched is not None and fetched.ok and not fetched.lost else None
    if fetched is not None and keys is not None:
        found[_NOW] = [[one for one in keys if one["use"] in (None, "sig")]]
        evidence.append(fetched.id)
    if not found[_NOW]:
        message = f"the client's keys are not known: submit {_NOW!r}, or say in [known] where they are ({KEYS_ADDRESS})"
        return Undecided(reason=Reason.NO_DATA, message=message, evidence=tuple(evidence))
    return Sets(found[_EARLIER], found[_NOW][-1], tuple(evidence))


def _both(ev: EvidenceView) -> tuple[Seen, Sets] | Undecided:
    asked = seen(ev, "no request for a token of the NHS API platform", TOKEN)
    if isinstance(asked, Undecided):
        return asked
    held, sets = assertions(asked), published(ev)
    if isinstance(sets, Undecided):
        return sets
    if not held.exchanges:
        return asked.undecided("no request for a token carries a JWT that can be read", Reason.PREREQUISITE)
    return held._replace(evidence=(*held.evidence, *sets.evidence)), sets


@check(
    "client-keys.hold-the-key-of-each-assertion",
    needs=lambda p, settings: [REQUESTS, _SUBMITTED, _PUBLISHED],
    source=_CIS2_KEYS,
)
def hold_the_key_of_each_assertion(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``kid`` of every assertion is that of exactly one published key.

    Published is what lies at ``client-keys`` of ``[known]`` in the supplier file, or was submitted as an artefact of
    that kind; for assertions of before a change of keys also ``client-keys-earlier``. Letters are compared as they
    stand. That the signature is right is for the platform to say: none is kept.

    Good: ``live-2``, one of two published keys. Bad: a name that was never published; no ``kid``.
    """
    both = _both(ev)
    if isinstance(both, Undecided):
        yield both
        return
    held, sets = both
    yield from held.statements("assertions", _unknown(held, sets))
    yield from unread(held)


def _unknown(held: Seen, sets: Sets) -> Iterator[tuple[str, str, str, str]]:
    for one in held.exchanges:
        name = one["assertion"]["header"].get("kid")
        if not isinstance(name, str) or not name:
            actual = "missing" if name is None else shown(name)
            yield "An assertion does not say by which key it is signed.", "kid", actual, place(one)
            continue
        most = max(sum(key["kid"] == name for key in keys) for keys in sets.every)
        if most != 1:
            actual = f"{most} keys of that name" if most else f"no key named {shown(name)}"
            yield "The key of an assertion is not published exactly once.", "one key of that name", actual, place(one)


@check("client-keys.are-long-enough", needs=lambda p, settings: [REQUESTS, _SUBMITTED, _PUBLISHED], source=_RFC_7518)
def are_long_enough(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every published key by which assertions are signed is an RSA key of 2048 bits or more, and no private one.

    Without captured assertions all published keys for signatures are looked at. NHS guidance makes keys of 4096 bits;
    how many are shorter is said, and does not fail.

    Good: 4096 bits; 2048. Bad: 1024; a key of an elliptic curve, by which nothing can be signed with RS512.
    """
    sets = published(ev)
    if isinstance(sets, Undecided):
        yield sets
        return
    asked = seen(ev, "no request for a token of the NHS API platform", TOKEN)
    used = set() if isinstance(asked, Undecided) else {_kid(one) for one in assertions(asked).exchanges}
    looked = [one for one in sets.now if not used or one["kid"] in used] or list(sets.now)
    if not looked:
        yield Undecided(reason=Reason.NO_DATA, message="no key for signatures is published", evidence=sets.evidence)
        return
    for one in looked[: _SHOWN * 4]:
        name = shown(one["kid"]) if one["kid"] else "a key without a name"
        for message, expected, actual in _weak(one):
            yield Finding(message=message, expected=expected, actual=actual, place=name, evidence=sets.evidence)
    short = sum((one["bits"] or 0) < _ADVISED_BITS for one in looked)
    remark = f" ({short} of fewer than {_ADVISED_BITS} bits, which NHS guidance makes)" if short else ""
    yield Examined(what=f"published keys{remark}", evidence=sets.evidence, count=len(looked))


def _kid(one: Any) -> Any:
    found = one["assertion"]["header"].get("kid")
    return found if isinstance(found, str) else ""


def _weak(key: Key) -> Iterator[tuple[str, str, str]]:
    expected = f"RSA, {_FEWEST_BITS} bits or more"
    if key["private"]:
        yield "A private or secret key is published.", "public keys", "another (masked)"
    if key["kty"] != "RSA" or key["bits"] is None:
        yield "A published key is no RSA key, and cannot be one for RS512.", expected, shown(key["kty"])
    elif key["bits"] < _FEWEST_BITS:
        yield "A published key is too short.", expected, f"{key['bits']} bits"


@check("client-keys.are-served", needs=lambda p, settings: [_PUBLISHED], source=_CIS2_KEYS)
def are_served(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The URL of the client's keys answers 200 with a key set in JSON, over valid TLS, with no redirect and no login.

    It is asked once by nobody; the supplier file says where it is (``client-keys`` in ``[known]``), and its host has
    to be among ``authority.hosts``. ``application/jwk-set+json`` is as good as ``application/json``.

    Good: 200 with ``{"keys": […]}``. Bad: a login page; 302; a certificate for another host.
    """
    address = ev.supplier.known_value(KEYS_ADDRESS)
    if address is None or ev.record(_PUBLISHED).exchange("published") is None:
        message = "no URL of the client's keys could be asked: the supplier file says none, or none that is one"
        yield Undecided(reason=Reason.PREREQUISITE, message=message)
        return
    exchange = answer(ev.record(_PUBLISHED), "published", "the URL of the client's keys")
    if isinstance(exchange, Undecided):
        bad = _not_trusted(ev)
        yield bad if bad is not None else exchange
        return
    if exchange.status in (429, 502, 503, 504) or (exchange.ok and exchange.lost):
        message = f"the URL of the client's keys was answered with {exchange.status}, and cannot be judged"
        yield Undecided(reason=Reason.NETWORK, message=message, evidence=(exchange.id,))
        return
    wrong = _served(exchange)
    if wrong is None:
        yield Examined(what="The client's keys are served.", evidence=(exchange.id,))
        return
    expected, actual = wrong
    message = "The client's keys are not served as they must be."
    yield Finding(message=message, expected=expected, actual=actual, place=address, evidence=(exchange.id,))


def _not_trusted(ev: EvidenceView) -> Finding | None:
    """Was the answer lost to a certificate of another host or of another time?

    One that is merely not trusted may be that of a proxy on the way, and decides nothing.
    """
    exchange = ev.record(_PUBLISHED).exchange("published")
    failure = exchange.failure if exchange is not None else None
    if exchange is None or failure is None or failure.cause != "tls":
        return None
    if not any(f"certificate was not accepted ({why})" in failure.message for why in _BAD_CERTIFICATES):
        return None
    return Finding(
        message="The certificate at the URL of the client's keys is not accepted.",
        expected="valid TLS",
        actual=failure.message[:160],
        place=exchange.request.url,
        evidence=(exchange.id,),
    )


def _served(exchange: Exchange) -> tuple[str, str] | None:
    """What is wrong with an answer: expected, actual."""
    if urlsplit(exchange.request.url).scheme != "https":
        return "https", "http"
    if exchange.status != 200:
        return "200, without a redirect or a login", str(exchange.status)
    kind = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/jwk-set+json"):
        return "application/json", kind[:60] or "no Content-Type"
    if not described(exchange.json().value):
        return "a set of keys (RFC 7517)", "another body"
    return None


@check("client-keys.overlap", needs=lambda p, settings: [REQUESTS, _SUBMITTED, _PUBLISHED], source=_CIS2_KEYS)
def overlap(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """When keys change, the old and the new one are published together for a while.

    Seen are sets of keys that were submitted as ``client-keys-earlier``, in the order of the supplier file, before
    that of now: each has a key in common with the next. Without an earlier set, captured assertions that are signed by
    two keys, both of which are published now, show it too. Where nothing changed, nothing is decided.

    Good: ``a``, then ``a`` and ``b``, then ``b``. Bad: ``a``, then ``b``.
    """
    sets = published(ev)
    if isinstance(sets, Undecided):
        yield sets
        return
    names = [{one["kid"] for one in keys if one["kid"]} for keys in sets.every]
    swaps = [at for at in range(len(names) - 1) if names[at] and names[at + 1] and not names[at] & names[at + 1]]
    for at in swaps[:1]:
        yield Finding(
            message="All keys were exchanged at once.",
            expected="old and new published together for a while",
            actual=f"{shown(min(names[at]))}, then {shown(min(names[at + 1]))}",
            place=f"sets of keys {at + 1} and {at + 2}",
            evidence=sets.evidence,
            count=len(swaps),
        )
    asked = seen(ev, "no request for a token of the NHS API platform", TOKEN)
    used = set() if isinstance(asked, Undecided) else {_kid(one) for one in assertions(asked).exchanges}
    changed = any(one != other for one, other in pairwise(names))
    together = changed or any(len(used & these) > 1 for these in names)
    if together and not swaps:
        yield Examined(what="changes of keys", evidence=sets.evidence)
    elif not swaps:
        yield Undecided(reason=Reason.NO_DATA, message="no change of keys was seen", evidence=sets.evidence)
