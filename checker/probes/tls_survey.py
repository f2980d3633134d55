"""Probes that find out what a TLS server speaks, one ClientHello at a time.

A server is asked by exclusion: what it chose is left off the next offer, until it refuses. Whatever is met with
silence is asked again in smaller forms; a refusal of such a form is set beside the same form of what works.
Source: RFC 8446, RFC 5246, RFC 7507, RFC 5746, RFC 7627.
"""

from __future__ import annotations

import msgspec

from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.tls import (
    COMMON_GROUPS,
    HYBRID,
    MODERN_SIGNATURES,
    OLD_HASH_SIGNATURES,
    SILENT,
    TLS_1_2,
    TLS_1_3,
    VERSION_NAMES,
    WEAK_GROUPS,
    Hello,
    TlsAnswer,
)
from checker.model.tls_seen import ROLE, VERSIONS, accepted, speaking, spoken, weakest_first
from checker.model.tls_suites import FALLBACK_SCSV, SUITES, broken, forward_secret, is_aead, key_exchange, offered_at
from checker.model.tls_suites import TLS_1_3 as SUITES_1_3
from checker.model.value import NoParams
from checker.probes.tls_hello import reduced
from checker.probes.transport import tls_end

End = tuple[str, int]
MOST_ADDRESSES = 3
"""So many other addresses of a host are looked at."""
OUT_OF_REACH = frozenset({"refused", "timeout"})
MOST_SUITES = 60
"""More connections than this are not spent on the suites of one version."""
_VERSIONS = Need(probe="tls.versions", params=NoParams())
_SUITES = Need(probe="tls.suites", params=NoParams())
_STEPS = {"closed": (1, 2, 3), "reset": (1, 2, 3), "silent": (1, 3)}
"""A server that keeps a connection open and says nothing costs seconds each time."""


def of_version(version: int) -> Hello:
    """The hello that offers one version and all its suites."""
    if version == TLS_1_3:
        return Hello(name=VERSION_NAMES[version], version=TLS_1_2, supported=(TLS_1_3,), suites=SUITES_1_3)
    return Hello(name=VERSION_NAMES[version], version=version, suites=offered_at(version))


def both_versions() -> Hello:
    """What a browser offers: TLS 1.3 and 1.2."""
    strong = tuple(one for one in offered_at(TLS_1_2) if is_aead(one) and forward_secret(one))
    suites = (*SUITES_1_3[:3], *strong[:20])
    return Hello(
        name="TLS 1.3 and 1.2",
        version=TLS_1_2,
        supported=(TLS_1_3, TLS_1_2),
        suites=suites,
        alpn=("h2", "http/1.1"),
    )


async def _ask(s: Session, end: End, hello: Hello, control: Hello | None = None, address: str = "") -> TlsAnswer:
    """One hello; in smaller forms where it met silence, each refusal with its control in the same form."""
    at = (address,) if address else ()
    answer = await s.tls(*end, hello, ROLE, *at)
    for step in _STEPS.get(answer.answer, ()):
        answer = await s.tls(*end, reduced(hello, step), ROLE, *at)
        if answer.answer not in SILENT:
            break
    if answer.refuses and answer.hello.reduced and control is not None:
        await s.tls(*end, reduced(control, answer.hello.reduced), ROLE, *at)
    return answer


@probe("tls.versions", "1", budget=lambda p: Budget(handshakes=24 * (1 + MOST_ADDRESSES)))
async def versions(s: Session, p: NoParams) -> None:
    """A ClientHello for each version from TLS 1.3 to SSL 3.0, and one that offers TLS 1.3 and 1.2 together.

    The same at the other addresses of the host, as far as they are in reach: the worst of them counts.
    """
    end = tls_end(s)
    if end is None:
        return
    first = await _ask(s, end, both_versions())
    if first.answer == "intercepted":
        s.short(Reason.NETWORK, "intercepted: a proxy stands between, and TLS would be looked at as it does it")
        return
    await _each_version(s, end, first)
    for address in _others(s, first):
        again = await _ask(s, end, both_versions(), address=address)
        if again.answer in OUT_OF_REACH:
            s.note(f"out of reach: {address}", again.answer)
        else:
            await _each_version(s, end, again, address)


async def _each_version(s: Session, end: End, first: TlsAnswer, address: str = "") -> None:
    control = both_versions() if first.speaks else None
    for version in VERSIONS:
        answer = await _ask(s, end, of_version(version), control, address)
        if answer.speaks and (control is None or version == TLS_1_2):
            control = of_version(version)


def _others(s: Session, first: TlsAnswer) -> tuple[str, ...]:
    """The addresses of the host besides the one that was answered from."""
    others = tuple(one for one in first.addresses if one != first.address)
    if len(others) > MOST_ADDRESSES:
        s.short(Reason.BUDGET, f"the host has {len(others) + 1} addresses, of which {MOST_ADDRESSES + 1} are looked at")
    return others[:MOST_ADDRESSES]


@probe("tls.suites", "1", uses=lambda p: [_VERSIONS], budget=lambda p: Budget(handshakes=160))
async def suites(s: Session, p: NoParams) -> None:
    """The cipher suites of each version that is spoken, by exclusion: each round leaves off what was chosen.

    The other addresses of the host that speak the version are offered what was not found before.
    """
    end = tls_end(s)
    if end is None:
        return
    view = await s.need(_VERSIONS)
    for version, first in spoken(view).items():
        found = [first.suite]
        for address in dict.fromkeys((_elsewhere(first), *(_elsewhere(one) for one in speaking(view, version)))):
            answer = await _exclude(s, end, first, found, address)
            if answer.speaks and len(found) > MOST_SUITES:
                s.short(Reason.BUDGET, f"more than {MOST_SUITES} suites of {VERSION_NAMES[version]}")
                break


def _elsewhere(answer: TlsAnswer) -> str:
    """The address of an answer, where the host has others, too."""
    return answer.address if len(answer.addresses) > 1 else ""


async def _exclude(s: Session, end: End, first: TlsAnswer, found: list[int], address: str) -> TlsAnswer:
    """Offer what was not found, until it is refused. The last answer; what is found is added."""
    version, shape, answer = first.version, first.hello, first
    while answer.speaks and len(found) <= MOST_SUITES:
        left = tuple(one for one in shape.suites if one not in found)
        if not left:
            break
        name = f"{VERSION_NAMES[version]} without {len(found)}"
        offer = msgspec.structs.replace(shape, name=name, suites=left)
        answer = await _ask(s, end, offer, of_version(version), address)
        if answer.speaks and (answer.suite in found or answer.suite not in left):
            break  # it answers with what was not offered: it would go on for ever
        if answer.speaks:
            found.append(answer.suite)
    return answer


@probe("tls.order", "1", uses=lambda p: [_VERSIONS, _SUITES], budget=lambda p: Budget(handshakes=8))
async def order(s: Session, p: NoParams) -> None:
    """The suites that TLS 1.2 accepts, offered in two orders: the strong ones first, and the weak ones first."""
    end = tls_end(s)
    first = spoken(await s.need(_VERSIONS))
    known = accepted(await s.need(_SUITES), first).get(TLS_1_2, ())
    if end is None or len(known) < 2:
        return
    weak = weakest_first(known)
    shape = first[TLS_1_2].hello
    for name, numbers in (("strong first", tuple(reversed(weak))), ("weak first", weak)):
        await _ask(s, end, msgspec.structs.replace(shape, name=name, suites=numbers), of_version(TLS_1_2))


@probe("tls.groups", "1", uses=lambda p: [_VERSIONS], budget=lambda p: Budget(handshakes=60))
async def groups(s: Session, p: NoParams) -> None:
    """Groups for key agreement, one in each hello; those under 224 bits all in one; the hybrid group apart."""
    end = tls_end(s)
    first = spoken(await s.need(_VERSIONS))
    if end is None:
        return
    if TLS_1_2 in first:
        numbers = tuple(one for one in offered_at(TLS_1_2) if key_exchange(one) == "ECDHE" and not broken(one))
        shape = msgspec.structs.replace(first[TLS_1_2].hello, suites=numbers)
        if shape.groups:
            control = msgspec.structs.replace(shape, name="groups of TLS 1.2")
            await _ask(s, end, control)
            weak = msgspec.structs.replace(shape, name="weak groups", groups=WEAK_GROUPS)
            await _ask(s, end, weak, control)
            mixed = msgspec.structs.replace(weak, name="weak groups first", groups=(*WEAK_GROUPS, *COMMON_GROUPS))
            await _ask(s, end, mixed, control)
            if TLS_1_3 not in first:
                for group in COMMON_GROUPS:
                    one = msgspec.structs.replace(shape, name="one group", groups=(group,))
                    await _ask(s, end, one, control)
    if TLS_1_3 in first:
        control = of_version(TLS_1_3)
        for group in (*COMMON_GROUPS[:5], HYBRID):
            one = msgspec.structs.replace(control, name="one group", groups=(group,), shares=False)
            await _ask(s, end, one, control)


@probe("tls.signatures", "1", uses=lambda p: [_VERSIONS, _SUITES], budget=lambda p: Budget(handshakes=8))
async def signatures(s: Session, p: NoParams) -> None:
    """TLS 1.2 with forward secrecy, first with the signatures of today, then with SHA-1 and MD5 alone."""
    end = tls_end(s)
    first = spoken(await s.need(_VERSIONS))
    known = accepted(await s.need(_SUITES), first).get(TLS_1_2, ())
    signed = tuple(one for one in known if forward_secret(one) and "anon" not in SUITES.get(one, ""))
    if end is None or not signed:
        return
    shape = Hello(name="signatures of today", version=TLS_1_2, suites=signed, signatures=MODERN_SIGNATURES)
    control = await _ask(s, end, shape)
    old = msgspec.structs.replace(control.hello, name="old signatures", signatures=OLD_HASH_SIGNATURES)
    await s.tls(*end, old, ROLE)


@probe("tls.downgrade", "1", uses=lambda p: [_VERSIONS], budget=lambda p: Budget(handshakes=8))
async def downgrade(s: Session, p: NoParams) -> None:
    """The second-newest version that is spoken, with the mark of a client that has already stepped down."""
    end = tls_end(s)
    first = spoken(await s.need(_VERSIONS))
    if end is None or len(first) < 2:
        return
    shape = list(first.values())[1].hello
    marked = msgspec.structs.replace(shape, name="stepped down", suites=(*shape.suites, FALLBACK_SCSV))
    await _ask(s, end, marked, shape)


@probe("tls.compression", "1", uses=lambda p: [_VERSIONS], budget=lambda p: Budget(handshakes=6))
async def compression(s: Session, p: NoParams) -> None:
    """The newest version up to TLS 1.2 that is spoken, with DEFLATE offered before no compression."""
    end = tls_end(s)
    first = spoken(await s.need(_VERSIONS))
    old = [one for version, one in first.items() if version < TLS_1_3]
    if end is None or not old:
        return
    offered = msgspec.structs.replace(old[0].hello, name="compression", compression=(1, 0))
    await s.tls(*end, offered, ROLE)
