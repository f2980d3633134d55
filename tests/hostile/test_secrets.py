"""No secret that a run knows stands in a byte that it writes: 40 kinds, by the command, against a supplier that echoes.

Each run carries many secrets and writes every output. What is written is unpacked and searched for every spelling of
each. That a secret was there to be leaked is proved by what the supplier saw.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from fixtures.supplier.guards import GuardSwitches
from fixtures.supplier.handover import handed_over
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, COMMAND, FAST, SECRET, Completed, environment, run, supplier_text
from tests.conformance.guarded import GIVEN, written
from tests.hostile.echoing import COOKIE, IDENTITY, IN_LOCATION, REFRESH, Echoing
from tests.hostile.leaks import every_byte, found, spelled
from tests.hostile.tunnel import tunnel

FORMATS = ("json", "html", "junit", "csv", "console", "shopping-list", "quality-csv", "dtac-csv")
OUTPUTS = tuple(part for name in FORMATS for part in ("-o", f"{name}:report.{name}"))
KEY = "tenant-key-93bd1e60c2f54a7f8d06"
TOKEN = "opaque-token/6f2e+90b1=ac37d"
PASSPHRASE = "a dry umbrella for the key"
KINDS = {
    "by secret": (
        "client secret from a variable",
        "client id and secret as Basic",
        "access token of the token endpoint",
        "refresh token beside it",
        "id token beside it",
        "token of another identity",
        "key of a token issuer (EC, PKCS #8)",
        "tokens minted with that key",
        "tokens altered for a test",
        "token in the query",
        "token sent back in error pages, escapes, halves and packed",
        "header of supplier.toml from a variable",
        "session cookie",
        "user name and password in a redirect",
    ),
    "by signed assertion": (
        "private key (RSA, encrypted PKCS #8)",
        "the same key, opened",
        "passphrase of a key",
        "signed client assertion",
    ),
    "by certificate": (
        "key of a client certificate (PKCS #1, encrypted)",
        "the key of the certificate, opened",
        "passphrase of the certificate's key",
    ),
    "by token": (
        "bearer token from a file",
        "address with a signature, of an artefact",
        "user name and password in .netrc",
        "user name and password in HTTPS_PROXY",
        "secret variables that nobody named",
    ),
    "by key": ("API key", "API key that is left in a journal"),
    "pasted": ("token pasted at the terminal",),
    "through a proxy": ("user name and password of --proxy", "the same as Basic"),
    "on the command line": (
        "secret written in supplier.toml",
        "secret on a damaged line of supplier.toml",
        "header that is a secret by its name",
        "Authorization among the headers",
        "placeholder that holds the secret itself",
        "token given for the name of a variable",
        "password in --base-url",
        "password in a port",
        "password in --terminology",
        "password in --package-server",
        "password in the address of a store",
        "damaged private key",
        "key behind a wrong passphrase",
    ),
}


def test_there_are_more_than_thirty_kinds() -> None:
    kinds = [kind for several in KINDS.values() for kind in several]
    assert len(kinds) == len(set(kinds)) >= 30


def test_what_is_leaked_would_be_found(tmp_path: Path) -> None:
    import gzip
    import zipfile

    secret = TOKEN.encode()
    for form, spelling in spelled(secret).items():
        with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
            archive.writestr("blobs/1", gzip.compress(b"x" + spelling + b"y"))
        assert found(every_byte(tmp_path), [secret]), form
    assert not found(every_byte(tmp_path, but=[tmp_path]), [secret])
    assert found(every_byte(tmp_path, f"said {TOKEN}", but=[tmp_path]), [secret])


@dataclass
class Place:
    """A folder that a run works in. ``mine`` is what the test put there."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    mine: list[Path] = field(default_factory=list)
    done: list[Completed] = field(default_factory=list)

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o600)
        self.mine.append(path)
        return path

    def run(self, *arguments: str) -> Completed:
        for name in ("home", "temporary"):
            (self.folder / name).mkdir(exist_ok=True)
        self.done.append(run(*arguments, cwd=self.folder, env=self.environment(), timeout=300))
        return self.done[-1]

    def here(self, *arguments: str) -> Completed:
        """The same in this process, for what ends before anything is sent."""
        self.done.append(here(*arguments, cwd=self.folder, env=self.env))
        return self.done[-1]

    def environment(self) -> dict[str, str]:
        own = {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "temporary")}
        return {**self.env, **own}

    def story(self, *options: str, whole: bool = False) -> None:
        """What there is to do with a supplier, with every output; ``whole``: everything."""
        self.run("doctor", "--json", *FAST)
        if whole:
            self.run("doctor", *FAST)
            self.run("plan", *options)
        self.run("run", *FAST, *options, *OUTPUTS)
        assert (self.folder / "recording.zip").exists(), self.done[-1].stderr
        chosen = [part for at, part in enumerate(options) if "-p" in options[max(0, at - 1) : at + 1]]
        self.run(
            "judge", "recording.zip", *chosen, "-o", "json:judged.json", "-o", "html:judged.html", "-o", "console:-"
        )
        if whole:
            self.run("report", "report.json", "-o", "junit:again.xml", "-o", "html:again.html")
            self.run("verify", "recording.zip")

    def holds_none_of(self, secrets: Iterable[bytes]) -> None:
        said = [text for one in self.done for text in (one.stdout, one.stderr)]
        secrets = list(secrets)
        assert secrets
        assert all(len(secret) >= 8 for secret in secrets)
        leaks = found(every_byte(self.folder, *said, but=self.mine), secrets)
        assert leaks == [], leaks[:5]


def around(also: tuple[bytes, ...] = ()) -> tuple[list[Echoing], Callable[[Any], Any]]:
    made: list[Echoing] = []

    def wrap(app: Any) -> Any:
        made.append(Echoing(app, also))
        return made[-1]

    return made, wrap


def lines_of(pem: bytes) -> list[bytes]:
    """What of a key would be one, wherever its lines are broken; not how every key begins."""
    body = b"".join(line for line in pem.splitlines() if b"-" not in line and b":" not in line)
    return [body[at : at + 40] for at in range(80, len(body) - 40, 40)]


def noting(served: Served) -> list[bytes]:
    """Every token that a supplier gives from now on."""
    issued: list[bytes] = []
    issue = served.authority.issue

    def noted(*given: Any, **changed: Any) -> str:
        token = issue(*given, **changed)
        issued.append(token.encode())
        return token

    served.authority.issue = noted  # type: ignore[method-assign]
    return issued


def test_by_secret(tmp_path: Path) -> None:
    made, wrap = around((b"x-tenant-key",))
    with Served(guards=GuardSwitches(), around=wrap) as served:
        issued = noting(served)
        place = Place(tmp_path)
        place.env = {**written(tmp_path, served, issuer=True, handed={}), "TENANT_KEY": KEY}
        file = tmp_path / "supplier.toml"
        place.write("supplier.toml", file.read_text("utf-8") + '\n[headers]\nX-Tenant-Key = "{env:TENANT_KEY}"\n')
        place.mine.append(tmp_path / "issuer.key")
        issuer = (tmp_path / "issuer.key").read_bytes()
        place.story("-p", "access-control", *GIVEN, whole=True)
    (echo,) = made
    assert served.client_secret.encode() in echo.seen
    assert KEY.encode() in echo.seen
    assert len(issued) >= 3
    assert len(echo.seen) > 30  # with all that were altered and minted
    given = {COOKIE, IN_LOCATION[:-1].partition(b":")[2], REFRESH, IDENTITY}
    place.holds_none_of([*echo.seen, *given, *issued, *map(str.encode, place.env.values()), *lines_of(issuer)])


def test_by_signed_assertion(tmp_path: Path) -> None:
    made, wrap = around()
    handed = tmp_path / "handed"
    with Served(out=handed, login="encrypted-key", around=wrap) as served, handed_over(served, handed):
        issued = noting(served)
        place = Place(tmp_path, env=served.environment(), mine=[handed])
        encrypted = served.client_key.read_bytes()
        (word,) = served.environment().values()
        opened = serialization.load_pem_private_key(encrypted, word.encode()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        place.story("--supplier", "handed", "-p", "api-security", "--safety", "S2")
    (echo,) = made
    assertions = [one for one in echo.seen if one.count(b".") == 2]
    assert assertions
    assert issued
    place.holds_none_of([*echo.seen, *issued, word.encode(), *lines_of(encrypted), *lines_of(opened)])


def test_by_certificate(tmp_path: Path) -> None:
    handed = tmp_path / "handed"
    word = "another umbrella, for TLS"
    with Served(out=handed, login="certificate") as served, handed_over(served, handed):
        pem = served.client_certificate.read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        locked = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.BestAvailableEncryption(word.encode()),
        )
        (handed / "tls.key").write_bytes(locked)
        text = (handed / "supplier.toml").read_text("utf-8")
        assert 'certificate-key-file = "client.pem"' in text
        changed = 'certificate-key-file = "tls.key"\ncertificate-key-passphrase-env = "TLS_WORD"'
        text = text.replace('certificate-key-file = "client.pem"', changed).replace("= 50", "= 200")
        (handed / "supplier.toml").write_text(text, "utf-8")
        place = Place(tmp_path, env={"TLS_WORD": word}, mine=[handed])
        place.story(
            "--supplier", "handed", "-p", "api-security", "--safety", "S2", "--only", "AUTH-001", "--only", "TLS-002"
        )
        told = json.loads((tmp_path / "report.json").read_bytes())
    assert {row["verdict"]["outcome"] for row in told["rows"]} == {"pass"}
    place.holds_none_of([word.encode(), *lines_of(locked), *lines_of(pem.partition(b"-----END CERTIFICATE-----")[2])])


def test_by_token(tmp_path: Path) -> None:
    made, wrap = around()
    netrc, proxied, unnamed = "netrc-w0rd-41c0de", "pr0xy-w0rd-77ab", "nobody-named-this-9f3"
    signature = "sv1-abcdef0123456789-sig"
    with Served(static_bearer=TOKEN, around=wrap) as served:
        place = Place(tmp_path)
        place.write("token.txt", f"Bearer {TOKEN}\n")
        place.write("home/.netrc", f"machine {served.host} login operator password {netrc}\n")
        far = f'[[artefact]]\nid = "export"\nkind = "export"\nurl = "{served.origin}/export.ndjson?sig={signature}"\n'
        identity = 'kind = "bearer"\nsecret-file = "token.txt"'
        place.write(
            "supplier.toml", supplier_text(served.base_url, identity=identity, ca=served.ca, more=far + AUTHORITY)
        )
        proxy = f"http://operator:{proxied}@127.0.0.1:1"
        place.env = {"HTTPS_PROXY": proxy, "https_proxy": proxy, "ALL_PROXY": proxy, "AWS_SECRET_ACCESS_KEY": unnamed}
        place.story("-p", "api-security", "--safety", "S2")
        place.run("run", *FAST, *OUTPUTS, "--overwrite", "-p", "exit-rehearsal")
    (echo,) = made
    assert TOKEN.encode() in echo.seen
    passwords = [one.encode() for one in (netrc, proxied, unnamed, signature)]
    assert not echo.seen & set(passwords)
    place.holds_none_of([*echo.seen, *passwords, TOKEN[:16].encode()])


def test_by_key_of_a_supplier_that_dies_and_of_a_run_that_is_interrupted(tmp_path: Path) -> None:
    made, wrap = around((b"x-tenant-key",))
    with Served(api_key=KEY, around=wrap, delay_s=0.02) as served:
        identity = 'kind = "api-key"\nsecret-env = "TENANT_KEY"\nheader = "X-Tenant-Key"'
        place = Place(tmp_path, env={"TENANT_KEY": KEY})
        place.write("supplier.toml", supplier_text(served.base_url, identity=identity, ca=served.ca, more=AUTHORITY))
        place.run("run", *FAST, *OUTPUTS, "-p", "fhir-r4-rest", "--only", "FHIR-READ-001", "--only", "FHIR-READ-003")
        # The transports of connections that are broken off are closed by the collector of garbage.
        arguments = [*COMMAND, "collect", *FAST, "--recording", "interrupted.zip"]
        env = {**environment(place.environment()), "PYTHONWARNINGS": "ignore"}
        before = served.requests
        with subprocess.Popen(
            arguments, cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            while served.requests < before + 25 and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    (echo,) = made
    assert process.returncode == 130, err
    assert list(tmp_path.glob("interrupted.zip*"))
    place.done.append(Completed(arguments, 130, out.decode(), err.decode()))
    with Served(api_key=KEY, around=wrap, die_after=12) as dying:
        place.write("supplier.toml", supplier_text(dying.base_url, identity=identity, ca=dying.ca, more=AUTHORITY))
        place.run("run", *FAST, *OUTPUTS, "--overwrite")
    assert place.done[-1].returncode in (1, 3)  # what came before it died is spoilt
    assert KEY.encode() in echo.seen & made[1].seen
    place.holds_none_of([KEY.encode(), KEY[:16].encode(), COOKIE, *echo.seen])


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals there")
def test_pasted(tmp_path: Path) -> None:
    import pty

    made, wrap = around()
    with Served(static_bearer=TOKEN, around=wrap) as served:
        place = Place(tmp_path)
        place.write("supplier.toml", supplier_text(served.base_url, ca=served.ca, more=AUTHORITY))
        ours, theirs = pty.openpty()
        arguments = [*COMMAND, "run", *FAST, *OUTPUTS, "--ask-token", "-p", "api-security", "--safety", "S2"]
        with subprocess.Popen(
            arguments,
            cwd=tmp_path,
            env=environment(place.environment()),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                assert process.stderr is not None
                process.stderr.read(len("Bearer token (not shown)"))
                os.write(ours, f"{TOKEN}\n".encode())
                out, err = process.communicate(timeout=120)
            finally:
                process.kill()
        os.close(theirs)
        shown = _read(ours)
    assert TOKEN.encode() in made[0].seen
    place.done.append(Completed(arguments, process.returncode, out, err + shown))
    place.holds_none_of([TOKEN.encode(), TOKEN[:16].encode(), COOKIE])


def _read(descriptor: int) -> str:
    """What a terminal showed."""
    shown = b""
    with suppress(OSError):  # the other end is closed
        while data := os.read(descriptor, 65536):
            shown += data
    os.close(descriptor)
    return shown.decode(errors="replace")


def test_through_a_proxy(tmp_path: Path) -> None:
    import base64
    import ssl
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    import trustme

    word = "passw0rd-of-the-proxy"
    basic = base64.b64encode(f"operator:{word}".encode())
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("supplier.example").configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "kind": "instance"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Was-Said", basic.decode())
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        place = Place(tmp_path)
        authority.cert_pem.write_to_path(str(place.write("ca.pem", b"")))
        place.write("supplier.toml", supplier_text("https://supplier.example/r4", ca=Path("ca.pem")))
        with tunnel(server.server_address[1], authorization=basic) as right:
            options = ("-p", "fhir-r4-rest", "--only", "FHIR-CAP-001", "--only", "FHIR-CAP-002")
            proxy = f"http://operator:{word}@127.0.0.1:{right.port}"
            place.run("doctor", "--json", *FAST, "--proxy", proxy)
            place.run("run", *FAST, *options, *OUTPUTS, "--proxy", proxy)
        answered = json.loads((tmp_path / "report.json").read_bytes())
        with tunnel(server.server_address[1], authorization=b"somebody else") as wrong:
            proxy = f"http://operator:{word}@127.0.0.1:{wrong.port}"
            place.run("run", *FAST, *options, *OUTPUTS, "--overwrite", "--proxy", proxy)
            place.run("doctor", *FAST, "--proxy", proxy)
        place.run("run", "--base-url", "https://supplier.example/r4", "--proxy", f"ftp://operator:{word}@127.0.0.1")
        place.run("run", "--base-url", "https://supplier.example/r4", "--proxy", f"http://operator:{word}")
        server.shutdown()
    assert {row["verdict"]["outcome"] for row in answered["rows"]} & {"pass", "fail"}
    assert any(basic in head for head in right.heads)
    assert any(basic in head for head in wrong.heads)
    assert place.done[2].returncode == 3
    assert place.done[-1].returncode == 2
    place.holds_none_of([word.encode(), basic])


WORD = "s3cret-pa55word-in-line"
SMALL = ("-p", "smart-discovery")
BASE = "https://127.0.0.1:1/fhir"


def _file(identity: str = 'kind = "none"', more: str = "") -> str:
    return supplier_text(BASE, identity=identity, more=more)


WRONG: dict[str, tuple[str, tuple[str, ...]]] = {
    "secret written in supplier.toml": (_file(f'kind = "bearer"\nsecret = "{WORD}"'), ()),
    "secret on a damaged line of supplier.toml": (_file(f'kind = "bearer"\nsecret = "{WORD}'), ()),
    "header that is a secret by its name": (_file(more=f'[headers]\nX-Api-Key = "{WORD}"'), ()),
    "Authorization among the headers": (_file(more=f'[headers]\nAuthorization = "Bearer {WORD}"'), ()),
    "placeholder that holds the secret itself": (_file(more=f'[headers]\nX-Api-Key = "{{env:{WORD}}}"'), ()),
    "token given for the name of a variable": (_file(), ("--token-env", WORD)),
    "password in --base-url": ("", ("--base-url", f"https://operator:{WORD}@127.0.0.1:1/fhir")),
    "password in a port": ("", ("--base-url", f"https://operator:{WORD}/fhir")),
    "password in --terminology": (_file(), ("--terminology", f"https://operator:{WORD}@127.0.0.1:1/fhir")),
    "password in --package-server": (
        _file(),
        ("--package-server", f"https://operator:{WORD}@127.0.0.1:1/", "--package", "a.b@1.0.0"),
    ),
    "password in the address of a store": (
        _file(),
        ("--artefact", f"export=s3://operator:{WORD}@bucket/export", "--only", "SMART-001"),
    ),
    "damaged private key": (_file('kind = "private-key-jwt"\nclient-id = "me"\nkey-file = "damaged.key"'), ()),
    "key behind a wrong passphrase": (
        _file('kind = "private-key-jwt"\nclient-id = "me"\nkey-file = "locked.key"\nkey-passphrase-env = "WRONG"'),
        (),
    ),
}


def test_on_the_command_line(tmp_path: Path) -> None:
    """What a person gives in the wrong place is not repeated, by any command, in any output."""
    assert WRONG.keys() == set(KINDS["on the command line"])
    locked = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSPHRASE.encode()),
    )
    plain = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    for number, (kind, (text, arguments)) in enumerate(WRONG.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        place = Place(folder, env={SECRET: WORD, "WRONG": WORD})
        place.write("locked.key", locked)
        place.write("damaged.key", plain[: len(plain) // 2] + plain[len(plain) // 2 + 9 :])
        text = text.replace(f'base-url = "{BASE}"', f'base-url = "{BASE}"\ntoken-url = "{BASE}/token"')
        if text:
            place.write("supplier.toml", text)
        options = () if "--base-url" in arguments else ("--supplier", "supplier.toml")
        done = place.here("run", *FAST, *SMALL, "--timeout", "1", *OUTPUTS, *options, *arguments)
        assert done.returncode in (2, 3, 4), (kind, done.stderr)
        if kind in ("password in a port", "secret on a damaged line of supplier.toml"):
            place.here("plan", *SMALL, *options, *arguments)
            place.here("doctor", *options, *arguments)
        place.holds_none_of([WORD.encode(), *lines_of(locked)[:3], *lines_of(plain)[:3], PASSPHRASE.encode()])
