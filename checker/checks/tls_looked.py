"""What the TLS probes saw of the server, for the checks of versions, suites and keys.

A proxy that opens TLS on the way would be judged in the place of the supplier: where one stands between, and where
the certificate has an issuer that the run does not know, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.model.evidence import Handshake
from checker.model.need import Need
from checker.model.terms import Reason
from checker.model.tls import SSL_3_0, TLS_1_3, VERSION_NAMES, TlsAnswer
from checker.model.tls_seen import VERSIONS, Refusal, answers, by_address, last_of, refusal, spoken
from checker.model.value import NoParams
from checker.model.verdict import Undecided
from checker.model.view import EvidenceView, RecordView

HANDSHAKE = Need(probe="tls.handshake", params=NoParams())
HELLOS = Need(probe="tls.versions", params=NoParams())
SUITES = Need(probe="tls.suites", params=NoParams())
ORDER = Need(probe="tls.order", params=NoParams())
GROUPS = Need(probe="tls.groups", params=NoParams())
SIGNATURES = Need(probe="tls.signatures", params=NoParams())
DOWNGRADE = Need(probe="tls.downgrade", params=NoParams())
COMPRESSION = Need(probe="tls.compression", params=NoParams())
BASE = (HANDSHAKE, HELLOS)
EXPECTED_ISSUER = "certificate-issuer"
"""The name under ``[known]`` of a part of the issuer's name."""
NO_TLS = "no ClientHello was answered, so a refusal would prove nothing"


@dataclass(frozen=True)
class Looked:
    """The answers to the hellos of each version, and what is common to all checks."""

    found: tuple[TlsAnswer, ...]
    first: dict[int, TlsAnswer]
    """Version → the answer in it; newest first."""
    evidence: tuple[str, ...]
    place: str

    def refused(self, version: int) -> Refusal | None:
        """Whether that version was refused; None where it is spoken."""
        if version in self.first:
            return None
        said = [self._refused(version, group) for group in by_address(self.found) if last_of(group, _name(version))]
        if not said:
            return Refusal(told="not tried", reason=Reason.NO_DATA)
        return next((one for one in said if one.reason is not None), said[0])

    def _refused(self, version: int, group: tuple[TlsAnswer, ...]) -> Refusal:
        """By one address of the host."""
        last = last_of(group, _name(version))
        if last is None:
            return Refusal(told="not tried", reason=Reason.NO_DATA)
        if version == TLS_1_3 and last.answer == "alert" and self._passes_over_1_3():
            return Refusal(told=f"alert {last.alert}, and where TLS 1.2 is offered too it is chosen")
        return refusal(last, group)

    def _passes_over_1_3(self) -> bool:
        return any(one.speaks and one.version < TLS_1_3 for one in self.found if TLS_1_3 in one.hello.supported)

    def undecided(self, what: str, said: Refusal) -> Undecided:
        """The statement that something was not found out."""
        reason = said.reason or Reason.NO_DATA
        return Undecided(reason=reason, message=f"{what}: {said.told}", evidence=self.evidence)

    def open_versions(self, *, oldest: int = SSL_3_0, newest: int = TLS_1_3) -> list[Undecided]:
        """One statement for each version, in these bounds, of which it is not known whether it is spoken."""
        found = []
        for version in (one for one in VERSIONS if oldest <= one <= newest):
            said = self.refused(version)
            if said is not None and said.reason is not None:
                found.append(self.undecided(VERSION_NAMES[version], said))
        return found


def _name(version: int) -> str:
    return VERSION_NAMES[version]


def looked(ev: EvidenceView) -> Looked | Undecided:
    """What the hellos brought, or why nothing can be said of them."""
    view = ev.record(HELLOS)
    evidence = tuple(item.id for item in view.evidence())
    found = answers(view)
    if not found:
        return view.undecided("the ClientHellos")
    intercepted = _intercepted(ev.record(HANDSHAKE), found, evidence) or unexpected_issuer(ev, evidence)
    if intercepted is not None:
        return intercepted
    if not any(one.speaks for one in found):
        last = found[0]
        said = refusal(last, found)
        told = "it does not speak TLS" if last.answer == "not-tls" else said.told
        message = f"{NO_TLS} (the first: {told})"
        return Undecided(reason=said.reason or Reason.NETWORK, message=message, evidence=evidence)
    return Looked(found, spoken(view), evidence, f"{found[0].host}:{found[0].port}")


def _intercepted(handshake: RecordView, found: tuple[TlsAnswer, ...], evidence: tuple[str, ...]) -> Undecided | None:
    if any(one.answer in ("intercepted", "proxy") for one in found):
        message = "intercepted: a proxy stands between, and TLS would be judged as it does it; run from outside it"
        return Undecided(reason=Reason.NETWORK, message=message, evidence=evidence)
    payload = handshake.payload("handshake")
    last = payload.attempts[-1] if isinstance(payload, Handshake) and payload.attempts else None
    if last is None or last.trusted is not False or not last.chain or last.chain[0].issuer == last.chain[0].subject:
        return None
    message = (
        f"intercepted, perhaps: the issuer of the certificate ({last.chain[0].issuer[:120]}) is not known to this run; "
        "give the supplier's authority with --ca-bundle, or run from outside the proxy"
    )
    return Undecided(reason=Reason.NETWORK, message=message, evidence=evidence)


def unexpected_issuer(ev: EvidenceView, evidence: tuple[str, ...]) -> Undecided | None:
    """Where the supplier file says under ``[known] certificate-issuer`` who issues, and somebody else did.

    A proxy of the network whose authority is in the trust store of the machine is told by nothing else.
    """
    expected = (ev.supplier.known_value(EXPECTED_ISSUER) or "").strip()
    payload = ev.record(HANDSHAKE).payload("handshake")
    last = payload.attempts[-1] if isinstance(payload, Handshake) and payload.attempts else None
    if not expected or last is None or not last.chain:
        return None
    issuer = last.chain[0].issuer
    if expected.lower() in issuer.lower():
        return None
    message = (
        f"intercepted, perhaps: the certificate is by {issuer[:120]}, and the supplier file expects {expected[:80]}; "
        "run from outside the proxy, or mend certificate-issuer"
    )
    return Undecided(reason=Reason.NETWORK, message=message, evidence=evidence)


def ids(ev: EvidenceView, need: Need) -> tuple[str, ...]:
    """The ids of the evidence of a record."""
    return tuple(item.id for item in ev.record(need).evidence())


def in_words(numbers: tuple[int, ...], named: Callable[[int], str], most: int = 6) -> str:
    """The first names, and how many more there are."""
    words = [named(one) for one in numbers[:most]]
    return ", ".join(words) + (f" and {len(numbers) - most} more" if len(numbers) > most else "")
