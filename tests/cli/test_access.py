"""Logging in, each way that docs/access.md has a recipe for: by the command, over TLS, and no secret is written."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from checker.engine.supplier_file import load_supplier
from checker.probes.redact import find_secrets
from fixtures.supplier.handover import handed_over
from fixtures.supplier.login import LOGINS, PASSPHRASE, TOKEN, Login
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import SupplierSwitches
from tests.cli.support import COMMAND, FAST, Completed, environment, outcomes, report, run, said_in_three_lines

ROWS = ("AUTH-001", "FHIR-READ-001", "FHIR-READ-003", "CERT-003", "AUTH-004")
FORMATS = ("json", "csv", "html", "junit", "console")


@dataclass
class Handed:
    """A supplier that was handed over, and every secret of it."""

    served: Served
    folder: Path
    env: dict[str, str]
    issued: list[str] = field(default_factory=list)

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Completed:
        return run(*arguments, "--supplier", str(self.folder), cwd=self.folder.parent, env={**self.env, **(env or {})})

    def secrets(self) -> tuple[bytes, ...]:
        """Key lines, passphrase, client secret, and every token that was issued."""
        key = [line for line in self.served.client_key.read_bytes().splitlines() if b"-" not in line]
        certificate = self.served.client_certificate
        if certificate.exists():
            private = certificate.read_bytes().partition(b"PRIVATE KEY-----")[2]
            key += [line for line in private.splitlines() if line and b"-" not in line]
        texts = [*self.env.values(), *self.issued, self.served.client_secret]
        return (*key, *(text.encode() for text in texts))


@contextmanager
def handed(folder: Path, login: Login = "default", **more: Any) -> Iterator[Handed]:
    """The supplier of a login, its files beside those of the run; what it issues is noted."""
    with Served(out=folder / "place", login=login, **more) as served, handed_over(served, folder / "place"):
        authority, issue = served.authority, served.authority.issue
        found = Handed(served, folder / "place", {})

        def noted(*given: Any, **changed: Any) -> str:
            found.issued.append(issue(*given, **changed))
            return found.issued[-1]

        authority.issue = noted  # type: ignore[method-assign]
        found.env = served.environment()
        yield found


def written(folder: Path) -> dict[str, bytes]:
    """Every file that a run wrote, archives unpacked; what was handed over is not among them."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or "place" in path.relative_to(folder).parts:
            continue
        content = path.read_bytes()
        found[path.name] = content
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                found |= {f"{path.name}:{name}": archive.read(name) for name in archive.namelist()}
    return found


def holds_no_secret(place: Handed, folder: Path, *done: Completed) -> None:
    secrets = place.secrets()
    assert len(secrets) > 5
    for name, content in written(folder).items():
        assert find_secrets(content, secrets) == [], name
    for one in done:
        assert find_secrets((one.stdout + one.stderr).encode(), secrets) == []


def steps(done: Completed) -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in json.loads(done.stdout)["steps"]}


def only(*rows: str) -> list[str]:
    return [part for row in rows for part in ("--only", row)]


@pytest.mark.parametrize("login", LOGINS)
def test_each_way_to_log_in_works_as_it_is_handed_over_and_writes_no_secret(tmp_path: Path, login: Login) -> None:
    with handed(tmp_path, login) as place:
        seen = place.run("doctor", "--json", *FAST)
        assert seen.returncode == 0, seen.stdout + seen.stderr
        told = steps(seen)
        assert told["credential"]["state"] == "works"
        fetched = login != "user-token"
        assert (told["token endpoint"]["state"] == "works") is fetched
        assert (told["assertion"]["state"] == "works") is (login not in ("user-token", "secret"))
        outputs = [part for name in FORMATS for part in ("-o", f"{name}:report.{name}")]
        done = place.run("run", "--safety", "S2", *FAST, *only(*ROWS), *outputs)
        assert set(outcomes(report(tmp_path / "report.json")).values()) == {"pass"}, done.stderr
        holds_no_secret(place, tmp_path, seen, done)


def test_the_doctor_shows_the_assertion_and_not_its_signature(tmp_path: Path) -> None:
    with handed(tmp_path, "encrypted-key") as place:
        told = steps(place.run("doctor", "--json", *FAST))
    said = " ".join(told["assertion"]["seen"])
    for word in ("RS512", "kid checker-1", "iss = sub = checker", place.served.token_url, "jti", "240 s"):
        assert word in said
    assert "eyJ" not in said
    assert "client.key (" in " ".join(told["credential"]["seen"])
    assert "opened with its passphrase" in " ".join(told["credential"]["seen"])
    assert "JWT signed with ES256" in told["token"]["seen"][0]


@pytest.mark.parametrize(
    ("change", "env", "step", "words"),
    [
        ({}, {PASSPHRASE: "not this umbrella"}, "credential", "not opened by its passphrase"),
        ({"key-passphrase-env": "# "}, {}, "credential", "no passphrase is named"),
        ({'"client.key"': '"ca.pem"'}, {}, "credential", "holds a certificate"),
        ({'"client.key"': '"absent.key"'}, {}, "credential", "No such file"),
        ({'"RS512"': '"ES384"'}, {}, "credential", "cannot sign with ES384"),
        ({'key-id = "checker-1"': 'key-id = "other"'}, {}, "token", "no registered key"),
        ({'key-id = "checker-1"': ""}, {}, "assertion", "without a kid"),
        ({'client-id = "checker"': 'client-id = "somebody"'}, {}, "token", "iss, sub or aud"),
        ({"/oauth2/token": "/oauth2/elsewhere"}, {}, "token endpoint", "token-url"),
        ({'"{role-id}"': '"12-34"'}, {}, "read", "status 400"),
    ],
)
def test_the_doctor_names_the_step_that_fails(
    tmp_path: Path, change: dict[str, str], env: dict[str, str], step: str, words: str
) -> None:
    with handed(tmp_path, "encrypted-key") as place:
        file = place.folder / "supplier.toml"
        text = file.read_text("utf-8")
        for old, new in change.items():
            assert old in text
            text = text.replace(old, new)
        file.write_text(text, "utf-8")
        done = place.run("doctor", "--json", *FAST, env=env)
        told = steps(done)
        holds_no_secret(place, tmp_path, done)
    assert words in " ".join([*told[step]["seen"], told[step]["next"]])
    assert told[step]["next"]
    assert done.returncode == (2 if step == "credential" else 3)
    for later in ("token endpoint", "token") if step == "credential" else ():
        assert told[later]["state"] == "not tried"


def test_a_supplier_that_takes_assertions_only_refuses_a_secret_and_says_so(tmp_path: Path) -> None:
    with handed(tmp_path, "secret", switches=SupplierSwitches(token_login="assertion")) as place:
        done = place.run("doctor", "--json", *FAST)
        assert steps(done)["token"]["state"] == "trouble"
        assert "invalid_client" in " ".join(steps(done)["token"]["seen"])


def test_a_token_that_ends_in_the_middle_leaves_no_false_verdict_and_a_resume_goes_on(tmp_path: Path) -> None:
    rows = only("FHIR-READ-001", "FHIR-READ-003", "FHIR-SRCH-001", "AUTH-001")
    with handed(tmp_path, "user-token", end_tokens_after=6) as place:
        first = place.run("run", "--safety", "S2", *FAST, *rows, "-o", "json:first.json")
        assert first.returncode == 3
        found = outcomes(report(tmp_path / "first.json"))
        assert "fail" not in found.values()
        assert "inconclusive(auth)" in found.values()
        assert "--resume" in first.stderr
        before = place.served.requests
        fresh = {TOKEN: place.served.token()}
        again = place.run("collect", "--resume", "--safety", "S2", *FAST, *rows, env=fresh)
        assert again.returncode == 0, again.stdout + again.stderr
        assert place.served.requests > before
        holds_no_secret(place, tmp_path, first, again)
    judged = run("judge", "recording.zip", *rows, "-o", "json:second.json", cwd=tmp_path)
    assert set(outcomes(report(tmp_path / "second.json")).values()) == {"pass"}, judged.stderr


def test_a_fetched_token_that_ends_in_the_middle_changes_no_verdict(tmp_path: Path) -> None:
    rows = only("FHIR-READ-001", "FHIR-READ-003", "FHIR-SRCH-001", "AUTH-001")
    with handed(tmp_path, "signed-jwt", end_tokens_after=6) as place:
        done = place.run("run", "--safety", "S2", *FAST, *rows, "-o", "json:report.json")
        assert set(outcomes(report(tmp_path / "report.json")).values()) == {"pass"}, done.stderr
        assert len(place.issued) == 2


def test_a_token_is_not_asked_for_where_nobody_can_paste_it(tmp_path: Path) -> None:
    done = run("run", "--base-url", "https://127.0.0.1:1/fhir", "--ask-token", *FAST, cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "no terminal", "--token-env")
    assert not (tmp_path / "recording.zip.journal").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--ask-token", "--token-env", "TOKEN"), "both pasted and named"),
        (("--token-expires-in", "60"), "no token"),
        (("--token-env", "TOKEN", "--token-expires-in", "0"), "0"),
    ],
)
def test_options_of_a_token_that_do_not_go_together(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    done = run("doctor", "--base-url", "https://127.0.0.1:1/fhir", *options, cwd=tmp_path, env={"TOKEN": "t" * 20})
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals there")
def test_a_token_is_pasted_at_a_terminal_and_not_shown(tmp_path: Path) -> None:
    import pty

    with handed(tmp_path, "user-token") as place:
        ours, theirs = pty.openpty()
        token = place.env[TOKEN]
        options = ("--supplier", str(place.folder), "--ask-token", "--token-expires-in", "1200")
        with subprocess.Popen(
            [*COMMAND, "doctor", "--json", *FAST, *options],
            cwd=tmp_path,
            env=environment(),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                assert process.stderr is not None
                asked = process.stderr.read(len("Bearer token (not shown)"))  # what is typed before it is thrown away
                os.write(ours, f"Bearer {token}\n".encode())
                out, err = process.communicate(timeout=60)
            finally:
                process.kill()
        os.close(ours)
        os.close(theirs)
    assert process.returncode == 0, out + err
    assert asked == "Bearer token (not shown)"
    assert token not in out + err
    told = {step["name"]: step for step in json.loads(out)["steps"]}
    assert "pasted" in told["credential"]["seen"][0]
    assert told["read"]["state"] == "works"


def test_what_is_handed_over_is_a_supplier_file(tmp_path: Path) -> None:
    with handed(tmp_path, "certificate") as place:
        (identity,) = load_supplier(place.folder).identities
        assert identity.certificate is not None
        assert place.served.client_certificate.stat().st_mode & 0o077 == 0
    assert not place.folder.exists()
