"""What a supplier's client was seen to send, as checks read it: captured exchanges by kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from checker.model.asked import NHS_HOSTS
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Undecided
from checker.model.view import EvidenceView

REQUESTS = Need(probe="client.requests", params=NoParams())
CONFIGURATION = Need(probe="client.identity-configuration", params=NoParams())
TOKEN, AUDITED, AUTHORISE, CALLBACK, CALL = "token", "gp-connect", "authorise", "callback", "call"
OTHER_GRANTS = frozenset({"authorization_code", "refresh_token"})
"""With these a token is asked of whoever signed a user in, which has rules of its own."""
_SHOWN = 5
_SIGN_IN = ("cis2", "nhs-login")
_PLATFORM = ("api.service.nhs.uk",)
_IDENTITY = ("spineservices.nhs.uk", "login.nhs.uk", "signin.nhs.uk")
_LOCAL = ("127.0.0.1", "localhost", "::1")
Facts = Mapping[str, Any]


class Seen(NamedTuple):
    """Some captured exchanges in the order of their times, with their evidence."""

    exchanges: Sequence[Facts]
    evidence: tuple[str, ...]
    lost: int
    """How many could not be read."""
    hosts: tuple[str, ...] = ()
    """Hosts that stand for those of the NHS, besides this machine."""

    def of(self, *kinds: str) -> Seen:
        """Those of some kinds."""
        return self._replace(exchanges=[one for one in self.exchanges if one["kind"] in kinds])

    def platform(self) -> Seen:
        """Requests for a token of the NHS API platform by which a client, and no user, is known."""
        asked = [one for one in self.of(TOKEN).exchanges if self._goes_to(one, _PLATFORM) and not by_a_code(one)]
        return self._replace(exchanges=asked)

    def codes(self) -> Seen:
        """Requests that change a code for tokens at CIS2 or NHS login."""
        asked = [one for one in self.of(TOKEN).exchanges if self._goes_to(one, _IDENTITY) and by_a_code(one)]
        return self._replace(exchanges=asked)

    def of_the_nhs(self) -> Seen:
        """Those alone that go to the NHS: a capture may hold what a client sends to others."""
        places = {TOKEN: (*_PLATFORM, *_IDENTITY), AUTHORISE: (*_PLATFORM, *_IDENTITY), CALL: _PLATFORM}
        kept = [one for one in self.exchanges if self._goes_to(one, places.get(one["kind"], ("",)))]
        return self._replace(exchanges=kept)

    def _goes_to(self, one: Facts, domains: tuple[str, ...]) -> bool:
        host = host_of(str(one.get("url") or one.get("root", "")))
        known = (*self.hosts, *_LOCAL)
        return "" in domains or host in known or any(host == name or host.endswith(f".{name}") for name in domains)

    def statements(self, what: str, wrong: Iterable[tuple[str, str, str, str]]) -> Iterator[Finding | Examined]:
        """One finding for each message of ``wrong`` (message, expected, actual, place), and what was examined."""
        grouped: dict[str, list[tuple[str, str, str, str]]] = {}
        for one in wrong:
            grouped.setdefault(one[0], []).append(one)
        for message, found in grouped.items():
            _, expected, actual, place = found[0]
            yield Finding(
                message=message,
                expected=expected,
                actual=actual[:120],
                place=place,
                evidence=self.evidence,
                count=len(found),
                examples=tuple(f"{one[3]}: {one[2]}"[:160] for one in found[:_SHOWN]),
            )
        yield Examined(what=what, evidence=self.evidence, count=len(self.exchanges))

    def undecided(self, message: str, reason: Reason = Reason.NO_DATA) -> Undecided:
        """Why something cannot be told."""
        return Undecided(reason=reason, message=message, evidence=self.evidence)


def captured(ev: EvidenceView) -> Seen | Undecided:
    """Everything that was captured, or why there is nothing."""
    view = ev.record(REQUESTS)
    if not ev.supplier.artefacts_of("client-requests"):
        message = "no artefact of kind 'client-requests' was submitted"
        return Undecided(reason=Reason.NO_DATA, message=message)
    found: dict[str, Facts] = {}
    lost, evidence = 0, []
    for item in view.evidence("requests"):
        payload = item.read()
        if not isinstance(payload, Artefact) or payload.facts.get("problem"):
            continue
        evidence.append(item.id)
        lost += int(payload.facts["lost"]) + len(payload.facts.get("not_read", ()))
        for one in payload.facts["exchanges"]:
            found.setdefault(_same(one), one)  # two captures may overlap
    if not evidence:
        return view.undecided("the captured requests")
    exchanges = sorted(found.values(), key=lambda one: float(one["at"]))
    hosts = (ev.supplier.known_value(NHS_HOSTS) or "").lower().replace(",", " ").split()
    return Seen(exchanges, tuple(evidence), lost, tuple(hosts)).of_the_nhs()


def by_a_code(one: Facts) -> bool:
    """Is a token asked for with what a sign-in gave?"""
    return bool(OTHER_GRANTS & {*one["sent"].get("grant_type", ())})


def host_of(url: str) -> str:
    """The host of a URL; nothing where it has none.

    >>> host_of("https://INT.api.service.nhs.uk/oauth2/token"), host_of("http://[")
    ('int.api.service.nhs.uk', '')
    """
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _same(one: Facts) -> str:
    token = one.get("token")
    held = token.get("digest") if isinstance(token, dict) else token
    assertion = (one.get("assertion") or {}).get("digest", "")
    state = (one.get("state") or {}).get("digest", "") if one["kind"] == AUTHORISE else ""
    return f"{one['at']} {one['kind']} {one.get('request', one.get('url'))} {held} {assertion} {state} {one['status']}"


def seen(ev: EvidenceView, what: str, *kinds: str) -> Seen | Undecided:
    """Those of some kinds (of the platform's token requests for ``token``), or why there are none."""
    found = captured(ev)
    if isinstance(found, Undecided):
        return found
    chosen = found.platform() if kinds == (TOKEN,) else found.of(*kinds)
    return chosen if chosen.exchanges else found.undecided(f"{what} was captured")


def unread(found: Seen) -> Iterator[Undecided]:
    """The doubt that is left where some of a capture could not be read."""
    if found.lost:
        yield found.undecided(f"{found.lost} captured requests could not be read, and were not looked at")


def place(one: Facts) -> str:
    """Where an exchange is found again: what was sent, and when, in seconds since 1970."""
    where = one.get("url") or f"{one.get('root', '')}/{one.get('path', '')}"
    return f"{one['method']} {where} at {one['at']}"


def shown(value: Any) -> str:
    """What stands in place of a value; texts in quotes."""
    if isinstance(value, dict):
        return str(value.get("is", "an object"))
    return f'"{value}"'[:100] if isinstance(value, str) else str(value)


class Used(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``what``: ``nhs-api-platform``, ``gp-connect``, ``cis2``, ``nhs-login``, or ``sign-in`` for either of the two."""

    what: str


def declared(ev: EvidenceView) -> tuple[Facts, tuple[str, ...], tuple[str, ...]]:
    """The declared configuration, what in it does not fit, and its evidence; empty where none is submitted."""
    if not ev.supplier.artefacts_of("identity-configuration"):
        return {}, (), ()
    view = ev.record(CONFIGURATION)
    payload = view.payload("configuration")
    evidence = tuple(item.id for item in view.evidence("configuration"))
    if not isinstance(payload, Artefact) or payload.facts.get("problem"):
        return {}, ("it cannot be read",), evidence
    return payload.facts["content"], tuple(payload.facts["faults"]), evidence


@condition("client.uses", params=Used, needs=lambda p, settings: [REQUESTS, CONFIGURATION], claim=True)
def uses(ev: EvidenceView, p: Used) -> bool | None:
    """The client uses it: it was seen to, or ``uses`` of the declared configuration says so.

    False only where that says no and no request to the platform or of GP Connect was captured. Who signs users in, is
    seen by ``vtr`` in a request, which NHS login takes and CIS2 does not, where nothing is declared. Unknown without
    a word about it.
    """
    found = captured(ev)
    said = {"yes": True, "no": False}.get(declared(ev)[0].get("uses", {}).get(p.what))
    if isinstance(found, Undecided):
        return said
    if p.what == "sign-in":
        said_of = [declared(ev)[0].get("uses", {}).get(name) for name in _SIGN_IN]
        return bool(found.of(AUTHORISE).exchanges) or (False if said_of == ["no", "no"] else None)
    if p.what in _SIGN_IN:
        asked = found.of(AUTHORISE).exchanges
        told = any(bool(one["vtr"]) is (p.what == "nhs-login") for one in asked)
        return said if said is not None else told or None
    chosen = found.platform() if p.what == "nhs-api-platform" else found.of(AUDITED)
    return bool(chosen.exchanges) or said
