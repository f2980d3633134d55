"""Cipher suites: which are accepted, and how good they are. Source: RFC 9325 section 4, and the policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from checker.checks.tls_looked import BASE, ORDER, SUITES, Looked, ids, in_words, looked
from checker.checks.tls_policy import PolicyName, policy
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.tls import TLS_1_2, TLS_1_3, VERSION_NAMES
from checker.model.tls_seen import accepted, answers, last_of, refusal, weakest_first
from checker.model.tls_suites import broken, forward_secret, is_aead, key_exchange, name
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_NEEDS = (*BASE, SUITES)
Version = int


class ByPolicy(Params, frozen=True, kw_only=True):
    """The policy, one of the files beside the profile."""

    policy: PolicyName


def _known(ev: EvidenceView, seen: Looked) -> dict[Version, tuple[int, ...]]:
    return accepted(ev.record(SUITES), seen.first)


def suites_ended(ev: EvidenceView, seen: Looked, version: Version) -> Statement:
    """Were all suites of a version found: is the last offer, of all the others, refused?"""
    tried = answers(ev.record(SUITES))
    evidence = ids(ev, SUITES) or seen.evidence
    of_it = [one for one in tried if one.hello.name.startswith(f"{VERSION_NAMES[version]} without")]
    found = accepted(ev.record(SUITES), seen.first)[version]
    words = f"{VERSION_NAMES[version]}: {len(found)} accepted ({in_words(found, name)})"
    if set(seen.first[version].hello.suites) <= {*found, 0x00FF}:
        return Examined(what=f"{words}; that is all there are.", evidence=evidence)
    if not of_it:
        return Undecided(reason=Reason.NO_DATA, message=f"{words}; the others were not tried", evidence=evidence)
    said = refusal(of_it[-1], (*seen.found, *tried))
    if said.reason is not None:
        message = f"{words}; an offer of the others: {said.told}"
        return Undecided(reason=said.reason, message=message, evidence=evidence)
    return Examined(what=f"{words}; all others are refused ({said.told}).", evidence=evidence)


def _none_is(
    ev: EvidenceView,
    wrong: Callable[[int], str],
    message: str,
    expected: str,
    at: Callable[[Version], bool] = lambda version: True,
) -> Iterator[Statement]:
    """No suite that is accepted at these versions is wrong, and every other suite is refused."""
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    evidence = ids(ev, SUITES) or seen.evidence
    for version, numbers in _known(ev, seen).items():
        if not at(version):
            continue
        bad = tuple(one for one in numbers if wrong(one))
        if bad:
            reasons = ", ".join(dict.fromkeys(wrong(one) for one in bad))
            yield Finding(
                message=f"{VERSION_NAMES[version]}: {message} ({reasons}).",
                expected=expected,
                actual=in_words(bad, name),
                place=seen.place,
                evidence=evidence,
                count=len(bad),
            )
        else:
            yield suites_ended(ev, seen, version)
    asked = [version for version in VERSION_NAMES if at(version)]
    for version in asked:
        said = seen.refused(version)
        if said is None:
            continue
        if said.reason is not None:
            yield seen.undecided(VERSION_NAMES[version], said)
        else:
            yield Examined(what=f"{VERSION_NAMES[version]} is refused ({said.told}).", evidence=seen.evidence)


@check(
    "tls.no-broken-suite",
    needs=lambda p, settings: _NEEDS,
    source="https://www.rfc-editor.org/rfc/rfc9325#section-4.1",
)
def no_broken_suite(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No suite without encryption or authentication, and none with an export key, DES, 3DES, RC2, RC4, IDEA or MD5.

    The suites of each version are found by exclusion: what was chosen is left off the next offer, until the rest is
    refused with an alert. TLS 1.3 has no such suite. A server that falls silent instead is not said to refuse them.

    Good: alert 40 to all such suites, after a hello with others was answered. Bad: TLS_RSA_WITH_RC4_128_SHA is chosen.
    """
    yield from _none_is(ev, broken, "suites that protect nothing are accepted", "no such suite", lambda v: v < TLS_1_3)


@check(
    "tls.forward-secrecy",
    needs=lambda p, settings: _NEEDS,
    source="https://www.rfc-editor.org/rfc/rfc9325#section-4.1",
)
def forward_secrecy(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every suite that TLS 1.2 accepts makes a new key for each session (those of TLS 1.3 all do).

    Good: ECDHE or DHE. Bad: TLS_RSA_WITH_AES_128_GCM_SHA256, whose recordings open with the server's key years later.
    """

    def wrong(number: int) -> str:
        return "" if forward_secret(number) else "no forward secrecy"

    yield from _none_is(ev, wrong, "suites without forward secrecy", "ECDHE or DHE", lambda v: v == TLS_1_2)


@check(
    "tls.aead",
    params=ByPolicy,
    needs=lambda p, settings: _NEEDS,
    source="https://www.ncsc.gov.uk/guidance/using-tls-to-protect-data",
)
def aead(ev: EvidenceView, p: ByPolicy) -> Iterator[Statement]:
    """Every suite that TLS 1.2 accepts encrypts and authenticates in one, or is on the list of the policy.

    Good: GCM, CCM or ChaCha20-Poly1305. Bad: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA beside them.
    """
    listed = policy(p.policy)

    def wrong(number: int) -> str:
        return "" if is_aead(number) or number in listed.suites else "CBC, or a stream without AEAD"

    yield from _none_is(ev, wrong, "suites without AEAD", "GCM, CCM or ChaCha20-Poly1305", lambda v: v == TLS_1_2)


@check(
    "tls.suites-within-policy",
    params=ByPolicy,
    needs=lambda p, settings: _NEEDS,
    source="https://developer.nhs.uk/apis/nrl/guidance_security.html",
)
def within_policy(ev: EvidenceView, p: ByPolicy) -> Iterator[Statement]:
    """Every suite that TLS 1.2 accepts is on the list of the policy.

    Good: ECDHE-RSA-AES256-GCM-SHA384 alone. Bad: ECDHE-RSA-CHACHA20-POLY1305 beside it, where the list has it not.
    """
    listed = policy(p.policy)

    def wrong(number: int) -> str:
        return "" if number in listed.suites else f"not in {listed.id} of {listed.version}"

    yield from _none_is(ev, wrong, "suites beyond the list", in_words(listed.suites, name, 8), lambda v: v == TLS_1_2)


@check(
    "tls.suites-1-3-within-policy",
    params=ByPolicy,
    needs=lambda p, settings: _NEEDS,
    source="https://www.rfc-editor.org/rfc/rfc8446#appendix-B.4",
)
def within_policy_1_3(ev: EvidenceView, p: ByPolicy) -> Iterator[Statement]:
    """Every suite that TLS 1.3 accepts is on the list of the policy: no CCM_8.

    Good: TLS_AES_256_GCM_SHA384. Bad: TLS_AES_128_CCM_8_SHA256.
    """
    listed = policy(p.policy)

    def wrong(number: int) -> str:
        return "" if number in listed.suites_1_3 else f"not in {listed.id} of {listed.version}"

    expected = in_words(listed.suites_1_3, name, 8)
    yield from _none_is(ev, wrong, "suites beyond the list", expected, lambda v: v == TLS_1_3)


@check(
    "tls.one-of-policy",
    params=ByPolicy,
    needs=lambda p, settings: _NEEDS,
    source=(
        "https://digital.nhs.uk/services/care-identity-service/applications-and-services/cis2-authentication/"
        "guidance-for-developers/detailed-guidance/security-considerations"
    ),
)
def one_of_policy(ev: EvidenceView, p: ByPolicy) -> Iterator[Statement]:
    """At least one suite of the policy's list is accepted at TLS 1.2.

    A server that refuses TLS 1.2, and speaks TLS 1.3, is left to people: the list says nothing of it.

    Good: ECDHE-ECDSA-AES128-GCM-SHA256 is chosen. Bad: every suite of the list is refused, and others are accepted.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    listed = policy(p.policy)
    evidence = ids(ev, SUITES) or seen.evidence
    said = seen.refused(TLS_1_2)
    numbers = _known(ev, seen).get(TLS_1_2, ())
    good = tuple(one for one in numbers if one in listed.suites)
    if good:
        yield Examined(what=f"Accepted of {listed.id}: {in_words(good, name)}.", evidence=evidence)
        return
    ended = seen.undecided("TLS 1.2", said) if said and said.reason else None
    if said is None:
        last = suites_ended(ev, seen, TLS_1_2)
        ended = last if isinstance(last, Undecided) else None
    if ended is not None:
        yield ended
        return
    if not numbers and TLS_1_3 in seen.first:
        message = (
            f"TLS 1.2 is refused ({said.told if said else ''}): whether clients without TLS 1.3 are served is agreed"
        )
        yield Undecided(reason=Reason.HUMAN, message=message, evidence=evidence)
        return
    yield Finding(
        message=f"No suite of {listed.title} is accepted at TLS 1.2.",
        expected=in_words(listed.suites, name),
        actual=in_words(numbers, name) or f"TLS 1.2 is refused ({said.told if said else ''})",
        place=seen.place,
        evidence=evidence,
    )


class Length(Params, frozen=True, kw_only=True):
    """The fewest bits of a finite-field group."""

    bits: Literal[2048, 3072, 4096] = 2048


@check(
    "tls.dhe-is-long",
    params=Length,
    needs=lambda p, settings: _NEEDS,
    source="https://www.rfc-editor.org/rfc/rfc9325#section-4.4",
)
def dhe_is_long(ev: EvidenceView, p: Length) -> Iterator[Statement]:
    """The prime of every DHE that is accepted has enough bits; or no DHE is accepted at all.

    Good: 2048 bits. Bad: 1024 bits, which a state can break for all servers that share the prime.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    tried = (*seen.found, *answers(ev.record(SUITES)))
    evidence = ids(ev, SUITES) or seen.evidence
    found: dict[int, str] = {}
    for one in tried:
        if one.speaks and key_exchange(one.suite) == "DHE":
            found.setdefault(one.dh_bits, name(one.suite))
    for bits, suite in sorted(found.items()):
        if not bits:
            message = f"{suite}: the prime of the server was not seen"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
        elif bits < p.bits:
            yield Finding(
                message=f"The prime of {suite} is short.",
                expected=f"at least {p.bits} bits",
                actual=f"{bits} bits",
                place=f"{seen.place}, ServerKeyExchange",
                evidence=evidence,
            )
        else:
            yield Examined(what=f"The prime of {suite} has {bits} bits.", evidence=evidence)
    for version in seen.first:
        if version != TLS_1_3:
            yield suites_ended(ev, seen, version)
    yield from seen.open_versions(newest=TLS_1_2)
    if not found and all(version == TLS_1_3 for version in seen.first):
        yield Examined(what="TLS 1.3 alone is answered, which has no such group under 2048 bits.", evidence=evidence)


@check(
    "tls.stronger-suite-chosen",
    needs=lambda p, settings: [*_NEEDS, ORDER],
    source="https://www.rfc-editor.org/rfc/rfc9325#section-4.2",
)
def stronger_suite_chosen(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """At TLS 1.2, a suite with AEAD and forward secrecy is chosen whatever the order of the offer.

    What is accepted is offered twice, the strong ones first and the weak ones first. Where all that is accepted is
    strong, or none is, the order decides nothing.

    Good: GCM in both. Bad: CBC where the client puts it first.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    numbers = _known(ev, seen).get(TLS_1_2, ())
    strong = tuple(one for one in numbers if is_aead(one) and forward_secret(one) and not broken(one))
    weak = tuple(one for one in weakest_first(numbers) if one not in strong)
    evidence = ids(ev, ORDER) or ids(ev, SUITES) or seen.evidence
    if TLS_1_2 not in seen.first:
        yield from seen.open_versions(oldest=TLS_1_2, newest=TLS_1_2)
        yield Examined(what="TLS 1.2 is not answered: every suite of TLS 1.3 is strong.", evidence=evidence)
        return
    if not strong or not weak:
        yield suites_ended(ev, seen, TLS_1_2)
        return
    tried = answers(ev.record(ORDER))
    for order in ("strong first", "weak first"):
        answer = last_of(tried, order)
        if answer is None or not answer.speaks:
            message = f"the offer with the {order} was not answered"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
        elif answer.suite in weak:
            yield Finding(
                message=f"The weaker suite is chosen when the offer has the {order}.",
                expected=in_words(strong, name),
                actual=name(answer.suite),
                place=seen.place,
                evidence=evidence,
            )
        else:
            yield Examined(what=f"{name(answer.suite)} is chosen when the offer has the {order}.", evidence=evidence)
