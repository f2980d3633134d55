"""Attestations: whose word counts, for what, and which word stands."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from checker.engine.attestations import Attestation, apply_attestations, load_attestations
from checker.engine.trust import TrustedKey
from checker.errors import UsageFault
from checker.model.requirement import AttestationUse, CheckUse, Clause, NotTested, Profile, Requirement
from checker.model.supplier import Supplier
from checker.model.terms import Basis, Cover, Decider, DutyHolder, Obligation, Outcome, Reason, Safety
from checker.model.verdict import Verdict

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUPPLIER = Supplier(name="Example Ltd", product="Record", version="1.0")
BOTH = AttestationUse(statement="Somebody is in charge.")


def requirement(**decides: object) -> Requirement:
    return Requirement(
        id="T-ONE-001",
        obligation=Obligation.MUST,
        verb="MUST",
        basis=Basis.LAW,
        clause=Clause(standard="test"),
        summary="It works.",
        fix="Appoint somebody.",
        **(decides or {"attestation": BOTH}),  # type: ignore[arg-type]
    )


def verdict(outcome: Outcome = Outcome.INCONCLUSIVE, reason: Reason | None = Reason.HUMAN) -> Verdict:
    return Verdict(
        requirement="T-ONE-001",
        outcome=outcome,
        reason=reason,
        obligation=Obligation.MUST,
        basis=Basis.LAW,
        duty_holder=DutyHolder.SUPPLIER,
        decider=Decider.HUMAN,
        safety=Safety.S0,
        counts=True,
    )


def word(**changes: object) -> Attestation:
    base = Attestation(
        requirement="T-ONE-001",
        statement="met",
        by="A. Person",
        role="assessor",
        product="Record",
        version="1.0",
        issued="2026-11-01",
        expires="2026-11-30",
        trusted=True,
    )
    return msgspec.structs.replace(base, **changes)


def apply(
    *given: Attestation, to: Verdict | None = None, row: Requirement | None = None, at: datetime = NOON
) -> Verdict:
    profile = Profile(id="t", version="1", title="T", requirements=(row or requirement(),))
    return apply_attestations([to or verdict()], given, profile, SUPPLIER, at).verdicts[0]


def effect(found: Verdict) -> str:
    assert found.attestation is not None
    return found.attestation.effect


@pytest.mark.parametrize("role", ["supplier", "assessor"])
def test_met_covers_and_changes_no_outcome(role: str) -> None:
    found = apply(word(role=role))
    assert (found.cover, effect(found)) == (Cover.ATTESTATION, "covers")
    assert (found.outcome, found.reason) == (Outcome.INCONCLUSIVE, Reason.HUMAN)


def test_an_assessors_not_met_is_a_fail() -> None:
    found = apply(word(statement="not met", note="Nobody could be named."))
    assert (found.outcome, found.reason, found.cover, effect(found)) == (Outcome.FAIL, None, Cover.NONE, "not-met")
    finding = found.findings[0]
    assert (finding.expected, finding.actual, finding.fix) == (BOTH.statement, "not met", "Appoint somebody.")
    assert "A. Person" in finding.message
    assert found.attestation is not None
    assert found.attestation.detail == "Nobody could be named."


def test_a_suppliers_not_met_is_honest_and_covers_nothing() -> None:
    found = apply(word(statement="not met", role="supplier"))
    assert (found.outcome, found.cover, effect(found)) == (Outcome.INCONCLUSIVE, Cover.NONE, "not-met")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"trusted": False}, "not-trusted"),
        ({"version": "1.1"}, "other-version"),
        ({"product": "Other"}, "other-version"),
        ({"expires": "2026-11-20"}, "expired"),
        ({"issued": "2026-11-22"}, "not-yet"),
    ],
)
@pytest.mark.parametrize("statement", ["met", "not met"])
def test_without_effect_but_noted(change: dict[str, object], expected: str, statement: str) -> None:
    found = apply(word(statement=statement, **change))
    assert (found.outcome, found.reason, found.cover) == (Outcome.INCONCLUSIVE, Reason.HUMAN, Cover.NONE)
    assert effect(found) == expected
    assert found.findings == ()


def test_the_last_day_is_included() -> None:
    assert effect(apply(word(), at=datetime(2026, 11, 30, 23, 59, tzinfo=UTC))) == "covers"
    assert effect(apply(word(), at=datetime(2026, 12, 1, tzinfo=UTC))) == "expired"


def test_a_role_that_may_not_attest_it() -> None:
    row = requirement(attestation=AttestationUse(statement="x", roles=("assessor",)))
    assert effect(apply(word(role="supplier"), row=row)) == "wrong-role"
    assert effect(apply(word(role="assessor"), row=row)) == "covers"


@pytest.mark.parametrize("decides", [{"check": CheckUse(check="read.works")}, {"not_tested": NotTested(reason="x")}])
def test_what_is_not_up_to_a_person_is_not_attested(decides: dict[str, object]) -> None:
    found = apply(word(), row=requirement(**decides))
    assert (found.cover, effect(found)) == (Cover.NONE, "wrong-role")


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.INCONCLUSIVE, Reason.PREREQUISITE),
        (Outcome.NOT_APPLICABLE, None),
        (Outcome.ERROR, None),
        (Outcome.PASS, None),
        (Outcome.FAIL, None),
    ],
)
def test_only_inconclusive_for_want_of_a_person_is_covered(outcome: Outcome, reason: Reason | None) -> None:
    found = apply(word(), to=verdict(outcome, reason))
    assert (found.outcome, found.cover, effect(found)) == (outcome, Cover.NONE, "not-needed")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((word(), word(statement="not met", by="B")), "not-met"),
        ((word(), word(statement="not met", by="B", trusted=False)), "covers"),
        ((word(), word(statement="not met", by="B", version="0.9")), "covers"),
        ((word(role="supplier"), word(trusted=False)), "covers"),
        ((word(), word(statement="not met", role="supplier")), "not-met"),
        ((word(expires="2026-11-02"), word(trusted=False), word(version="2")), "expired"),
    ],
)
def test_the_worst_word_that_counts_stands_in_any_order(words: tuple[Attestation, ...], expected: str) -> None:
    found = [apply(*order) for order in itertools.permutations(words)]
    assert {effect(one) for one in found} == {expected}
    assert all(one == found[0] for one in found)


def test_an_assessors_not_met_outweighs_the_suppliers() -> None:
    for order in itertools.permutations([word(statement="not met", role="supplier"), word(statement="not met")]):
        assert apply(*order).outcome is Outcome.FAIL


def test_ids_that_name_no_requirement() -> None:
    profile = Profile(id="t", version="1", title="T", requirements=(requirement(),))
    result = apply_attestations([verdict()], [word(requirement="T-NO-1")], profile, SUPPLIER, NOON)
    assert result.unknown == ("T-NO-1",)
    assert result.verdicts == (verdict(),)


TEXT = """\
attestations:
  - requirement: T-ONE-001
    statement: not met
    by: A. Person
    role: assessor
    product: Record
    version: 1.0
    issued: 2026-11-01
    expires: 2026-11-30
    note: Nobody could be named.
"""


@pytest.mark.parametrize(
    ("name", "role", "trusted"),
    [("A. Person", "assessor", True), ("B. Person", "assessor", False), ("A. Person", "supplier", False)],
)
def test_a_name_counts_only_with_its_own_key_in_its_role(tmp_path: Path, name: str, role: str, trusted: bool) -> None:
    key = Ed25519PrivateKey.generate()
    file = tmp_path / "attestations.yaml"
    file.write_text(TEXT, encoding="utf-8")
    (tmp_path / "attestations.yaml.sig").write_bytes(key.sign(file.read_bytes()))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    found = load_attestations(file, (TrustedKey(name=name, role=role, public_key=pem),))[0]
    assert found.trusted is trusted
    assert (found.statement, found.version, found.note) == ("not met", "1.0", "Nobody could be named.")
    assert (apply(found).outcome is Outcome.FAIL) == trusted


def test_unsigned_or_changed_counts_for_nothing(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    keys = (TrustedKey(name="A. Person", role="assessor", public_key=pem),)
    file = tmp_path / "attestations.yaml"
    file.write_text(TEXT, encoding="utf-8")
    assert not load_attestations(file, keys)[0].trusted
    (tmp_path / "attestations.yaml.sig").write_bytes(key.sign(file.read_bytes()))
    assert load_attestations(file, keys)[0].trusted
    file.write_text(TEXT.replace("not met", "met"), encoding="utf-8")
    assert not load_attestations(file, keys)[0].trusted


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("not met", "nearly", "is no 'statement'"),
        ("role: assessor", "role: buyer", "is no 'role'"),
        ("    by: A. Person\n", "", "'by' is missing"),
        ("note:", "nota:", "unknown key 'nota'"),
        ("2026-11-30", "2026-02-30", "no date"),
        ("2026-11-30", "2026-10-30", "before it begins"),
    ],
)
def test_a_bad_file(tmp_path: Path, old: str, new: str, what: str) -> None:
    file = tmp_path / "attestations.yaml"
    file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageFault) as caught:
        load_attestations(file)
    assert what in caught.value.what
    assert caught.value.where.startswith(f"{file.as_posix()}:")
