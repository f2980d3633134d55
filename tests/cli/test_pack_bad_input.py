"""Whatever is wrong with an evidence pack, lint and a run say so by file and place, and nothing turns green."""

from __future__ import annotations

import json
import os
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.packs.build import build, rehash
from fixtures.supplier.edits import Edit
from tests.cli.in_process import here
from tests.cli.support import outcomes, said_in_three_lines, verdict

ROWS = "evidence-pack"
SPREADSHEET = b"PK\x03\x04" + bytes(200)
POSIX = pytest.mark.skipif(os.name != "posix", reason="links and pipes as POSIX has them")


def root(at: str, value: object = None, *, remove: bool = False) -> Edit:
    """A change in the root."""
    return Edit(resource="pack.yaml", at=at, value=value, remove=remove)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The good pack, to be spoilt."""
    return build(tmp_path / "pack")


def named(pack: Path, kind: str, path: str, data: bytes) -> None:
    """Put one more file into the pack, with its digest."""
    (pack / path).write_bytes(data)
    content = yaml.load((pack / "pack.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    content["artefacts"].append({"id": Path(path).stem, "kind": kind, "path": path})
    (pack / "pack.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    rehash(pack)


def linted(pack: Path, code: int = 1) -> str:
    """What lint says."""
    done = here("pack", "lint", pack.name, cwd=pack.parent)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def judged(pack: Path, *given: str) -> dict[str, Any]:
    """The report of a run over the pack."""
    place = pack.parent
    asked = given or ("--pack", pack.name)
    done = here("run", "-p", ROWS, *asked, "--name", "Harrow & Vale", "-q", "-o", "json:report.json", cwd=place)
    assert (place / "report.json").exists(), done.stderr
    found: dict[str, Any] = json.loads((place / "report.json").read_bytes())
    assert found["exit_code"] == done.returncode
    assert not [name for name, said in outcomes(found).items() if said.startswith("error")]
    return found


def test_the_good_pack_has_no_fault(pack: Path) -> None:
    assert "nothing is wrong" in linted(pack, 0)


# Paths -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../user-guide.md", "leads out of the pack"),
        ("product/../../user-guide.md", "leads out of the pack"),
        ("/etc/hostname", "not relative"),
        ("C:/user-guide.md", "not relative"),
        ("file:///etc/hostname", "not relative"),
        ("product\\user-guide.md", "backslash"),
        ("product/NUL", "no name of a file everywhere"),
        ("product/com1.md", "no name of a file everywhere"),
        ("product//user-guide.md", "empty step"),
        ("product/guide\u202e.md", "not shown"),
        ("product", "no file"),
        ("product/none.md", "no such file"),
    ],
)
def test_a_path_that_is_none_is_named_and_never_read(pack: Path, path: str, said: str) -> None:
    content = yaml.load((pack / "pack.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    number = next(n for n, one in enumerate(content["artefacts"]) if one["id"] == "user-guide")
    content["artefacts"][number]["path"] = path
    (pack / "pack.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    told = linted(pack)
    assert f"/artefacts/{number}/path" in told
    assert said in told
    assert said in verdict(judged(pack), "PK-HASH")["findings"][0]["actual"]
    done = here("pack", "hash", pack.name, cwd=pack.parent)
    assert done.returncode == 1
    assert said in done.stderr


@POSIX
@pytest.mark.parametrize("what", ["file", "folder", "stray", "root"])
def test_a_symbolic_link_is_refused(pack: Path, tmp_path: Path, what: str) -> None:
    moved = {"file": "product/user-guide.md", "folder": "product", "root": "pack.yaml"}
    if what == "stray":
        (pack / "secrets").symlink_to("/etc")
    else:
        place = pack / moved[what]
        place.rename(tmp_path / "elsewhere")
        place.symlink_to(tmp_path / "elsewhere")
    assert "symbolic link" in linted(pack)
    said = outcomes(judged(pack))
    assert said["PK-HASH"] == ("inconclusive(prerequisite)" if what == "root" else "fail")


@POSIX
@pytest.mark.parametrize("name", ["product/pipe.md", "pack.yaml"])
def test_a_pipe_in_the_folder_is_not_waited_for(pack: Path, name: str) -> None:
    (pack / name).unlink(missing_ok=True)
    os.mkfifo(pack / name)
    linted(pack)
    assert outcomes(judged(pack))["PK-ORPHAN"].startswith("inconclusive")


# The root and the sections -----------------------------------------------------------------------


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB.encode(), "alias"),
        (b"a: &a\n  b: *a\n", "alias"),
        (b"pack-version: '1.0'\npack-version: '1.0'\n", "twice"),
        (b"supplier: {name: x\n", "not valid YAML at line"),
        (b"[" * 5_000, "nested too deeply"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"- a\n- b\n", "not a mapping"),
        (b"", "not a mapping"),
        (SPREADSHEET, "not valid YAML"),
        (b"x: " + b"y" * (4 * 1024 * 1024), "longer than"),
        (b"!!python/object/apply:os.system [ls]\n", "not a mapping"),
    ],
)
def test_a_root_that_cannot_be_read_decides_nothing(pack: Path, text: bytes, said: str) -> None:
    (pack / "pack.yaml").write_bytes(text)
    assert said in linted(pack)
    found = outcomes(judged(pack))
    assert found["PK-SCHEMA"] == "fail"
    assert "pass" not in {name: one for name, one in found.items() if name != "PK-NOPII"}.values()
    done = here("pack", "hash", pack.name, cwd=pack.parent)
    assert done.returncode == 2
    said_in_three_lines(done, "pack.yaml")
    assert (pack / "pack.yaml").read_bytes() == text


@pytest.mark.parametrize("text", [BOMB.encode(), b"a: &a\n  b: *a\n", SPREADSHEET, b"\xff", b"[]", b"", b"{" * 3_000])
def test_a_section_that_cannot_be_read_is_named(pack: Path, text: bytes) -> None:
    (pack / "product/product.yaml").write_bytes(text)
    rehash(pack)
    assert "product/product.yaml" in linted(pack)
    assert outcomes(judged(pack))["PK-SCHEMA"] == "fail"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (root("/product/go-live", "2027-02-30"), "/product/go-live"),
        (root("/assessed-on", "2026-13-01"), "/assessed-on"),
        (root("/artefacts/dspt/issued", "18/06/2026"), "/artefacts/2/issued"),
        (root("/product/device", "No"), "/product/device"),
        (root("/artefacts/dspt/colour", "red"), "/artefacts/2"),
        (root("/pack-version", "9.9"), "/pack-version"),
        (root("/artefacts/dspt/id", "sbom"), "/artefacts/2/id"),
        (root("/endpoints", "none"), "/endpoints"),
    ],
)
def test_what_does_not_fit_is_named_by_its_pointer(tmp_path: Path, change: Edit, place: str) -> None:
    pack = build(tmp_path / "pack", [change])
    content = yaml.load((pack / "pack.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    if "/artefacts/2" in place:  # wherever it stands now
        number = next(n for n, one in enumerate(content["artefacts"]) if one.get("scheme") == "dspt")
        place = place.replace("/artefacts/2", f"/artefacts/{number}")
    assert place in linted(pack)
    findings = verdict(judged(pack), "PK-SCHEMA")["findings"]
    assert any(place in one["place"] for one in findings)


# Files -------------------------------------------------------------------------------------------


def test_a_spreadsheet_in_the_place_of_csv_is_named(pack: Path) -> None:
    named(pack, "document", "product/spreadsheet.csv", SPREADSHEET)
    told = linted(pack)
    assert "product/spreadsheet.csv" in told
    assert "save it as CSV" in told


def test_a_spreadsheet_beside_it_is_worth_a_remark(pack: Path) -> None:
    named(pack, "document", "product/spreadsheet.xlsx", SPREADSHEET)
    assert "(no fault) a spreadsheet is kept as it is" in linted(pack, 0)


def a_pdf(stream: bytes, about: bytes = b"/Filter /FlateDecode") -> bytes:
    """A PDF of one stream, near enough."""
    packed = zlib.compress(stream)
    return b"%PDF-1.7\n1 0 obj << /Length 9 " + about + b" >>\nstream\n" + packed + b"\nendstream\nendobj\n%%EOF\n"


def test_a_pdf_that_is_an_image_is_named(pack: Path) -> None:
    pixels = a_pdf(b"\x00\xff" * 500, b"/Subtype /Image /Filter /FlateDecode")
    named(pack, "document", "product/scan.pdf", pixels + a_pdf(b"q 595 0 0 842 0 0 cm /Im0 Do Q"))
    assert "an image of a page cannot be read" in linted(pack)


@pytest.mark.parametrize(
    "data",
    [
        a_pdf(b"BT /F1 12 Tf (Record) Tj ET"),
        a_pdf(b"BT [(Re) -20 (cord)] TJ ET"),
        a_pdf(b"q Q") + b"trailer << /Encrypt 5 0 R >>",
        a_pdf(b"", b"/Filter [/ASCII85Decode /FlateDecode]"),
    ],
)
def test_a_pdf_with_text_or_of_which_it_cannot_be_told_is_let_be(pack: Path, data: bytes) -> None:
    named(pack, "document", "product/letter.pdf", data)
    linted(pack, 0)


def test_an_empty_file_and_one_that_is_no_csv_are_named(pack: Path) -> None:
    named(pack, "document", "product/empty.csv", b"")
    assert "empty.csv" in linted(pack)
    named(pack, "other-document", "product/odd.csv", b"a,b\n1,2,3\n")
    assert "line 2 has 3 cells" in linted(pack)


def test_ten_thousand_hazards_are_read(pack: Path) -> None:
    lines = "".join(f"HAZ-{number},Wrong patient shown,open\n" for number in range(10_000))
    named(pack, "document", "product/hazards.csv", b"id,title,state\n" + lines.encode())
    linted(pack, 0)
    assert outcomes(judged(pack))["PK-NOPII"] == "pass"


# The pack as a whole -------------------------------------------------------------------------------


def test_a_pack_that_is_a_file_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    for name in ("file", "none", "."):
        for command in ("lint", "hash", "show"):
            done = here("pack", command, name, cwd=tmp_path)
            assert done.returncode == 2
            said_in_three_lines(done, name)
    found = judged(tmp_path / "file")
    assert "pass" not in outcomes(found).values()
    done = here("run", "-p", ROWS, "--pack", "none", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "none")


def test_of_two_packs_none_is_judged(pack: Path, tmp_path: Path) -> None:
    build(tmp_path / "other")
    found = outcomes(judged(pack, "--pack", "pack", "--artefact", "evidence-pack=other"))
    assert set(found.values()) == {"inconclusive(prerequisite)"}


def test_the_short_form_is_the_long_form(pack: Path) -> None:
    short, long = judged(pack), judged(pack, "--artefact", "evidence-pack=pack", "--overwrite")
    assert outcomes(short) == outcomes(long)


def test_a_changed_byte_fails_the_run(pack: Path) -> None:
    place = pack / "product/user-guide.md"
    place.write_bytes(place.read_bytes().replace(b"4.2.0", b"4.3.0"))
    found = outcomes(judged(pack))
    assert found["PK-HASH"] == found["PK-SIGN"] == "fail"


# Patients ------------------------------------------------------------------------------------------


def test_the_number_of_a_patient_refuses_the_pack_and_is_not_shown(pack: Path) -> None:
    number = a_number("4" + "85000111")
    named(pack, "ticket-export", "product/spreadsheet.csv", f"ticket,nhs_number\n1,{number}\n".encode())
    found = judged(pack)
    (finding,) = verdict(found, "PK-NOPII")["findings"]
    assert finding["place"] == "product/spreadsheet.csv, line 2"
    assert number not in json.dumps(found)
    assert found["exit_code"] == 1


def test_one_number_without_a_label_is_for_a_person_to_look_at(pack: Path) -> None:
    named(pack, "document", "product/notes.txt", f"quoted {a_number('4' + '85000111')} twice".encode())
    assert outcomes(judged(pack))["PK-NOPII"] == "inconclusive(human)"


def a_number(start: str) -> str:
    """A number that could be a person's, made here so that none stands in a file."""
    from checker.checks.nhs_number import check_digit

    nine = int(start)
    while len(digit := str(check_digit(str(nine)))) != 1 or not digit.isdigit():
        nine += 1
    return f"{nine}{digit}"


# Statements ----------------------------------------------------------------------------------------

STATED = ("--requirement", "MFA-001", "--role", "supplier", "--by", "A. Person", "--product", "Rec", "--version", "1.0")


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files as POSIX has them")
def test_a_statement_is_signed_and_counts_and_nobody_adds_to_what_was_altered(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        PublicFormat,
    )

    from checker.engine.attestations import load_attestations
    from checker.engine.trust import TrustedKey

    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"long and winding"))
    (tmp_path / "key.pem").write_bytes(secret)
    (tmp_path / "key.pem").chmod(0o644)
    asked = ("pack", "attest", *STATED, "--statement", "met", "--expires", "2999-01-01", "--key", "key.pem")
    with_word = (*asked, "--key-passphrase-env", "WORD")
    done = here(*with_word, cwd=tmp_path, env={"WORD": "long and winding"})
    assert done.returncode == 2
    said_in_three_lines(done, "chmod 600")
    (tmp_path / "key.pem").chmod(0o600)
    for refused, env in ((asked, {}), (with_word, {"WORD": "another"})):
        done = here(*refused, cwd=tmp_path, env=env)
        assert done.returncode == 2
        said_in_three_lines(done, "key.pem")
    for count in (1, 2):
        done = here(*with_word, cwd=tmp_path, env={"WORD": "long and winding"})
        assert done.returncode == 0, done.stderr
        assert f"{count} statement" in done.stdout
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    trusted = TrustedKey(name="A. Person", role="supplier", public_key=public)
    assert [one.trusted for one in load_attestations(tmp_path / "attestations.yaml", (trusted,))] == [True, True]
    text = (tmp_path / "attestations.yaml").read_text("utf-8")
    (tmp_path / "attestations.yaml").write_text(text.replace("Rec", "Rex"), "utf-8")
    done = here(*with_word, cwd=tmp_path, env={"WORD": "long and winding"})
    assert done.returncode == 2
    said_in_three_lines(done, "not signed by this key")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--requirement", "PK-HASH"), "not one that a person may attest"),
        (("--requirement", "MFA-0001"), "Did you mean"),
        (("--expires", "2026-02-30"), "is no day"),
        (("--expires", "2001-01-01"), "end before it begins"),
    ],
)
def test_a_statement_that_would_count_for_nobody_is_refused(tmp_path: Path, given: tuple[str, str], said: str) -> None:
    asked = ("pack", "attest", *STATED, "--statement", "met", "--expires", "2999-01-01", "--key", "key.pem", *given)
    done = here(*asked, cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, said)
    assert not (tmp_path / "attestations.yaml").exists()
