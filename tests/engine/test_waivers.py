"""Waivers: what they cover, and why they do not."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from checker.engine.trust import TrustedKey, load_keys, read_signature, verify
from checker.engine.waivers import Waiver, apply_waivers, load_waivers
from checker.errors import UsageFault
from checker.model.requirement import CheckUse, Clause, Profile, Requirement, Settings
from checker.model.supplier import Supplier
from checker.model.terms import Basis, Cover, Decider, DutyHolder, Obligation, Outcome, Reason, Safety, Waivable
from checker.model.verdict import AttestationNote, Finding, Verdict

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUPPLIER = Supplier(name="Example Ltd", product="Record", version="1.0", environment="test")


def requirement(id: str = "T-ONE-001", waivable: Waivable = Waivable.SUPPLIER) -> Requirement:
    return Requirement(
        id=id,
        obligation=Obligation.MUST,
        verb="MUST",
        basis=Basis.STANDARD,
        clause=Clause(standard="test"),
        summary="It works.",
        fix="Make it work.",
        waivable=waivable,
        check=CheckUse(check="read.works"),
    )


def profile(*rows: Requirement, days: int = 365) -> Profile:
    return Profile(
        id="t", version="1", title="T", requirements=rows or (requirement(),), settings=Settings(max_waiver_days=days)
    )


def verdict(outcome: Outcome = Outcome.FAIL, id: str = "T-ONE-001", cover: Cover = Cover.NONE) -> Verdict:
    return Verdict(
        requirement=id,
        outcome=outcome,
        reason=Reason.NO_DATA if outcome is Outcome.INCONCLUSIVE else None,
        findings=(Finding(message="m", expected="e", actual="a"),) if outcome is Outcome.FAIL else (),
        cover=cover,
        obligation=Obligation.MUST,
        basis=Basis.STANDARD,
        duty_holder=DutyHolder.SUPPLIER,
        decider=Decider.MACHINE,
        safety=Safety.S1,
        counts=True,
    )


def waiver(**changes: object) -> Waiver:
    base = Waiver(
        id="W1",
        requirement="T-ONE-001",
        scope={"product": "Record"},
        owner="A. Person",
        reason="The fix is in the next release.",
        granted="2026-11-01",
        expires="2026-11-30",
    )
    return msgspec.structs.replace(base, **changes)


def apply(
    given: Waiver,
    *,
    to: Verdict | None = None,
    by: Profile | None = None,
    at: datetime = NOON,
    supplier: Supplier = SUPPLIER,
) -> Verdict:
    return apply_waivers([to or verdict()], [given], by or profile(), supplier, at).verdicts[0]


HAZARDS = frozenset({"haz-01", "haz-02"})
NEEDED = profile(msgspec.structs.replace(requirement(), tags=("harm",)))
NEEDED = msgspec.structs.replace(NEEDED, settings=Settings(waivers_name_hazards=("harm", "other")))


@pytest.mark.parametrize(
    ("named", "by", "known", "wanted", "said"),
    [
        ((), profile(), None, "covers", ""),
        (("HAZ-01",), profile(), HAZARDS, "covers", ""),
        ((" haz-02 ",), NEEDED, HAZARDS, "covers", ""),
        (("HAZ-01",), profile(), None, "covers", "were not compared"),
        (("HAZ-01", "HAZ-09"), profile(), HAZARDS, "no-hazard", "no hazard HAZ-09"),
        ((), NEEDED, HAZARDS, "no-hazard", "asks for the hazards"),
        (("HAZ-01",), NEEDED, None, "no-hazard", "no hazard log was read"),
        (("HAZ-01",), NEEDED, frozenset(), "no-hazard", "no hazard HAZ-01"),
    ],
)
def test_the_hazards_under_which_a_deviation_is_kept(
    named: tuple[str, ...], by: Profile, known: frozenset[str] | None, wanted: str, said: str
) -> None:
    (found,) = apply_waivers([verdict()], [waiver(hazards=named)], by, SUPPLIER, NOON, known).verdicts
    assert found.waiver is not None
    assert (effect(found), found.waiver.hazards) == (wanted, named)
    assert (found.cover is Cover.WAIVER) == (wanted == "covers")
    assert said in found.waiver.detail


def test_hazards_are_asked_for_of_some_requirements_alone() -> None:
    other = msgspec.structs.replace(NEEDED, requirements=(msgspec.structs.replace(requirement(), tags=("cost",)),))
    (found,) = apply_waivers([verdict()], [waiver()], other, SUPPLIER, NOON, HAZARDS).verdicts
    assert effect(found) == "covers"


def effect(found: Verdict) -> str:
    assert found.waiver is not None
    return found.waiver.effect


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.INCONCLUSIVE])
def test_it_covers_whatever_is_not_a_pass_and_changes_no_outcome(outcome: Outcome) -> None:
    before = verdict(outcome)
    found = apply(waiver(), to=before)
    assert (found.cover, effect(found)) == (Cover.WAIVER, "covers")
    assert (found.outcome, found.reason, found.findings) == (before.outcome, before.reason, before.findings)
    assert found.waiver is not None
    assert (found.waiver.owner, found.waiver.expires) == ("A. Person", "2026-11-30")


@pytest.mark.parametrize(
    ("outcome", "said"), [(Outcome.PASS, "passes now"), (Outcome.NOT_APPLICABLE, "does not apply now")]
)
def test_it_is_stale_where_nothing_is_to_be_waived(outcome: Outcome, said: str) -> None:
    found = apply(waiver(), to=verdict(outcome))
    assert (found.cover, effect(found)) == (Cover.NONE, "stale")
    assert found.waiver is not None
    assert said in found.waiver.detail


def test_the_checkers_own_error_is_never_waived() -> None:
    found = apply(waiver(), to=verdict(Outcome.ERROR))
    assert (found.cover, effect(found)) == (Cover.NONE, "not-waivable")
    assert found.waiver is not None
    assert "own fault" in found.waiver.detail


def test_what_an_attestation_covers_keeps_that_cover() -> None:
    found = apply(waiver(), to=verdict(Outcome.INCONCLUSIVE, cover=Cover.ATTESTATION))
    assert (found.cover, effect(found)) == (Cover.ATTESTATION, "stale")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("expires", "as_of", "expected"),
    [
        ("2026-11-30", "2026-11-30T00:00:00+00:00", "covers"),
        ("2026-11-30", "2026-11-30T23:59:59.999999+00:00", "covers"),
        ("2026-11-30", "2026-12-01T00:00:00+00:00", "expired"),
        ("2026-11-30", "2026-12-01T00:59:00+01:00", "covers"),
        ("2026-11-30", "2026-11-30T20:00:00-05:00", "expired"),
        ("2026-11-30T17:00:00Z", "2026-11-30T17:00:00+00:00", "covers"),
        ("2026-11-30T17:00:00Z", "2026-11-30T17:00:01+00:00", "expired"),
        ("2026-11-30T17:00:00+01:00", "2026-11-30T16:30:00+00:00", "expired"),
    ],
)
def test_the_end_is_utc_and_included(expires: str, as_of: str, expected: str) -> None:
    found = apply(waiver(expires=expires), at=at(as_of))
    assert effect(found) == expected
    assert (found.cover is Cover.WAIVER) == (expected == "covers")


@pytest.mark.parametrize(
    ("as_of", "expected"), [("2026-10-31T23:59:59+00:00", "not-yet"), ("2026-11-01T00:00:00+00:00", "covers")]
)
def test_the_begin_is_utc_and_included(as_of: str, expected: str) -> None:
    assert effect(apply(waiver(), at=at(as_of))) == expected


@pytest.mark.parametrize(
    ("granted", "expires", "expected"),
    [
        ("2026-01-01", "2027-01-01", "covers"),
        ("2026-01-01", "2027-01-02", "too-long"),
        ("2026-01-01T00:00:00Z", "2027-01-01T00:00:01Z", "too-long"),
    ],
)
def test_the_profile_sets_the_longest(granted: str, expires: str, expected: str) -> None:
    found = apply(waiver(granted=granted, expires=expires))
    assert effect(found) == expected
    assert (found.cover is Cover.WAIVER) == (expected == "covers")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"supplier": "Example Ltd"}, "covers"),
        ({"supplier": "Example Ltd", "product": "Record", "version": "1.0", "environment": "test"}, "covers"),
        ({"version": "1.1"}, "other-scope"),
        ({"product": "Record", "environment": "live"}, "other-scope"),
        ({"supplier": "example ltd"}, "other-scope"),
    ],
)
def test_the_scope_must_match_in_all_that_it_names(scope: dict[str, str], expected: str) -> None:
    found = apply(waiver(scope=scope))
    assert effect(found) == expected
    assert (found.cover is Cover.WAIVER) == (expected == "covers")


@pytest.mark.parametrize(
    ("waivable", "role", "signer", "expected"),
    [
        (Waivable.SUPPLIER, "supplier", "", "covers"),
        (Waivable.SUPPLIER, "buyer", "The Trust", "covers"),
        (Waivable.SUPPLIER, "supplier", "The Trust", "covers"),
        (Waivable.SUPPLIER, "buyer", "", "not-trusted"),
        (Waivable.BUYER, "supplier", "", "not-waivable"),
        (Waivable.BUYER, "buyer", "", "not-trusted"),
        (Waivable.BUYER, "buyer", "The Trust", "covers"),
        (Waivable.BUYER, "supplier", "The Trust", "covers"),
        (Waivable.NEVER, "supplier", "", "not-waivable"),
        (Waivable.NEVER, "buyer", "The Trust", "not-waivable"),
    ],
)
def test_who_may_waive_what(waivable: Waivable, role: str, signer: str, expected: str) -> None:
    found = apply(waiver(role=role, signer=signer), by=profile(requirement(waivable=waivable)))
    assert effect(found) == expected
    assert (found.cover is Cover.WAIVER) == (expected == "covers")


def test_ids_that_name_no_requirement_are_returned() -> None:
    result = apply_waivers([verdict()], [waiver(id="W2", requirement="T-NO-1")], profile(), SUPPLIER, NOON)
    assert result.unknown == ("W2",)
    assert result.verdicts == (verdict(),)


def test_one_that_covers_beats_those_that_do_not_in_any_order() -> None:
    many = [
        waiver(id="A", expires="2026-11-02"),
        waiver(id="B", scope={"version": "9"}),
        waiver(id="C"),
        waiver(id="D", role="buyer"),
    ]
    found = {
        apply_waivers([verdict()], order, profile(), SUPPLIER, NOON).verdicts[0].waiver
        for order in itertools.permutations(many)
    }
    assert [note.id for note in found if note] == ["C"]


def test_other_verdicts_are_left_alone() -> None:
    rows = profile(requirement(), requirement("T-TWO-002"))
    result = apply_waivers([verdict(), verdict(id="T-TWO-002")], [waiver()], rows, SUPPLIER, NOON)
    assert [one.cover for one in result.verdicts] == [Cover.WAIVER, Cover.NONE]
    assert result.verdicts[1].waiver is None


TEXT = """\
waivers:
  - id: W1
    requirement: T-ONE-001
    scope: {product: Record, version: 1.10}
    owner: A. Person
    reason: The fix is in the next release.
    granted: 2026-11-01
    expires: 2026-11-30
"""


def written(folder: Path, text: str = TEXT) -> Path:
    file = folder / "waivers.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def pem(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_a_file_is_read_as_written(tmp_path: Path) -> None:
    found = load_waivers(written(tmp_path))[0]
    assert found.scope == {"product": "Record", "version": "1.10"}
    assert (found.granted, found.expires, found.role, found.signer) == ("2026-11-01", "2026-11-30", "supplier", "")


@pytest.mark.parametrize(
    ("old", "new", "what", "line"),
    [
        ("    scope: {product: Record, version: 1.10}\n", "", "'scope' is missing", 2),
        ("{product: Record, version: 1.10}", "{}", "'scope' does not fit", 4),
        ("{product: Record, version: 1.10}", "{produkt: Record}", "unknown key 'produkt'", 4),
        ("reason:", "reasn:", "unknown key 'reasn'", 6),
        ("2026-11-30", "2026-11-31", "no date", 8),
        ("2026-11-30", "30/11/2026", "does not fit", 8),
        ("2026-11-30", "2026-11-30T17:00:00", "does not fit", 8),
        ("2026-11-30", "2026-10-30", "before it begins", 8),
        ("waivers:", "waiver:", "unknown key 'waiver'", 1),
        ("    owner", "   owner", "not valid YAML", 5),
    ],
)
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, old: str, new: str, what: str, line: int) -> None:
    file = written(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(UsageFault) as caught:
        load_waivers(file)
    assert what in caught.value.what
    assert caught.value.where == f"{file.as_posix()}:{line}"
    assert caught.value.next_step


def test_one_id_twice(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="'W1' stands twice"):
        load_waivers(written(tmp_path, TEXT + TEXT.removeprefix("waivers:\n")))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="cannot be read"):
        load_waivers(tmp_path / "none.yaml")


def test_a_signature_of_a_trusted_buyer_makes_it_a_buyers_file(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    file = written(tmp_path)
    (tmp_path / "waivers.yaml.sig").write_bytes(key.sign(file.read_bytes()))
    trusted = (TrustedKey(name="The Trust", role="buyer", public_key=pem(key)),)
    assert load_waivers(file, trusted)[0].signer == "The Trust"
    assert load_waivers(file)[0].signer == ""
    other_role = (TrustedKey(name="The Trust", role="supplier", public_key=pem(key)),)
    assert load_waivers(file, other_role)[0].signer == ""
    file.write_text(TEXT + "# one more word\n", encoding="utf-8")
    assert load_waivers(file, trusted)[0].signer == ""


def test_openssl_makes_signatures_that_count(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("OpenSSL is not installed")
    key = Ed25519PrivateKey.generate()
    private = tmp_path / "key.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file, out = written(tmp_path), tmp_path / "waivers.yaml.sig"
    command = [openssl, "pkeyutl", "-sign", "-rawin", "-inkey", str(private), "-in", str(file), "-out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    trusted = (TrustedKey(name="The Trust", role="buyer", public_key=pem(key)),)
    assert load_waivers(file, trusted)[0].signer == "The Trust"


def test_signatures_raw_or_base64_and_nothing_else(tmp_path: Path) -> None:
    import base64

    key, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    keys = (
        TrustedKey(name="Old", role="buyer", public_key=pem(stranger)),
        TrustedKey(name="New", role="buyer", public_key=pem(key)),
    )
    raw = key.sign(b"data")
    assert verify(b"data", raw, keys, "buyer") == "New"
    assert verify(b"data", base64.encodebytes(raw), keys, "buyer") == "New"
    assert verify(b"other", raw, keys, "buyer") is None
    assert verify(b"data", raw, keys, "assessor") is None
    assert verify(b"data", raw, (), "buyer") is None
    for bad in (None, b"", raw[:-1], b"not base64!", base64.b64encode(raw[:32]), bytes(64)):
        assert verify(b"data", bad, keys, "buyer") is None
    assert read_signature(tmp_path / "none.yaml") is None


def test_trusted_keys_inline_or_in_files(tmp_path: Path) -> None:
    one, two = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    (tmp_path / "two.pem").write_text(pem(two))
    file = tmp_path / "trusted.toml"
    file.write_text(
        f'[[key]]\nname = "A"\nrole = "buyer"\npublic-key = """\n{pem(one)}"""\n'
        '[[key]]\nname = "B"\nrole = "assessor"\npublic-key-file = "two.pem"\n'
    )
    found = load_keys(file)
    assert [(key.name, key.role) for key in found] == [("A", "buyer"), ("B", "assessor")]
    assert verify(b"x", two.sign(b"x"), found, "assessor") == "B"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a = 1\n", "not a list of trusted keys"),
        ("[key]\nname = 'A'\n", "not a list of trusted keys"),
        ("[[key]]\nname = 'A'\nrole = 'byer'\npublic-key = 'x'\n", "'byer' is not a role"),
        ("[[key]]\nname = 'A'\nrole = 'buyer'\n", "needs 'public-key' or"),
        ("[[key]]\nname = 'A'\nrole = 'buyer'\npublic-key = 'x'\npublic-key-file = 'y'\n", "needs 'public-key' or"),
        ("[[key]]\nname = 'A'\nrole = 'buyer'\npublic-key = 'x'\n", "not an Ed25519 public key"),
        ("[[key]]\nname = 'A'\nrole = 'buyer'\npublic-key-file = 'none.pem'\n", "cannot be read"),
        ("[[key]]\nnam = 'A'\nrole = 'buyer'\npublic-key = 'x'\n", "unknown key 'nam'"),
        ("[[key]]\nrole = 'buyer'\npublic-key = 'x'\n", "'name' is missing"),
        ("[[key]]\nname = 1\n", "fields are text"),
    ],
)
def test_bad_lists_of_keys(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "trusted.toml"
    file.write_text(text)
    with pytest.raises(UsageFault) as caught:
        load_keys(file)
    assert what in caught.value.what
    assert caught.value.next_step


def test_a_key_of_another_kind_and_a_key_of_two_names(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1()).public_key()
    text = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    file = tmp_path / "trusted.toml"
    file.write_text(f'[[key]]\nname = "A"\nrole = "buyer"\npublic-key = """{text}"""\n')
    with pytest.raises(UsageFault, match="of another kind"):
        load_keys(file)
    key = pem(Ed25519PrivateKey.generate())
    entry = '[[key]]\nname = "{}"\nrole = "buyer"\npublic-key = """{}"""\n'
    file.write_text(entry.format("A", key) + entry.format("B", key))
    with pytest.raises(UsageFault, match="one key is listed for 'A' and for 'B'"):
        load_keys(file)


def test_the_length_is_the_profiles_own() -> None:
    assert effect(apply(waiver(), by=profile(days=10))) == "too-long"
    assert effect(apply(waiver(), by=profile(days=29), at=NOON + timedelta(days=1))) == "covers"


@pytest.mark.parametrize(
    ("role", "statement_by", "by_buyer", "expected"),
    [
        ("assessor", "not-met", False, "not-waivable"),
        ("assessor", "not-met", True, "covers"),
        ("supplier", "not-met", False, "covers"),
    ],
)
def test_only_a_buyer_waives_what_an_assessor_states_is_not_met(
    role: str, statement_by: str, by_buyer: bool, expected: str
) -> None:
    note = AttestationNote(by="B. Person", role=role, statement="not met", effect=statement_by)
    stated = msgspec.structs.replace(verdict(), attestation=note)
    given = waiver(role="buyer", signer="A Trust") if by_buyer else waiver()
    assert effect(apply(given, to=stated)) == expected
