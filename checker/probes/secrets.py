"""Secrets by reference: read them, refuse what cannot be kept apart from ordinary text, know them all."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, quote_plus

from checker.errors import CredentialFault
from checker.probes.config import SecretRef

PASTED = "CHECKER_PASTED_TOKEN"
"""The variable that a token is put into that was pasted at the terminal; it is set for this process alone."""
SHORTEST = 8
"""A shorter secret would turn up by chance, and redaction would cut into evidence."""
_KEPT = 256
"""Of so many secrets the spellings are kept: each is searched for in every header and body of a run."""
_JWS = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.([A-Za-z0-9_-]{20,})")
"""A compact JWS (RFC 7515 §3.1), with its signature."""
_RANDOM = re.compile(rb"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9._~+/=-]{16,512}")
"""What nobody would say by chance."""
_ESCAPE = re.compile("%[0-9A-F]{2}")


def read_secret(ref: SecretRef | None, *, what: str, root: Path, environ: Mapping[str, str]) -> bytes:
    """The secret behind a reference, without the line end of a file. Faults name the reference only."""
    data = read_reference(ref, what=what, root=root, environ=environ).strip()
    if len(data) < SHORTEST:
        raise CredentialFault(
            f"The {what} is shorter than {SHORTEST} characters.",
            where=place(ref),
            next_step="Use a longer secret: a short one cannot be found and removed from the evidence.",
        )
    return data


def read_reference(ref: SecretRef | None, *, what: str, root: Path, environ: Mapping[str, str]) -> bytes:
    """The bytes behind a reference. A file is relative to the folder of the supplier file."""
    if ref is None or bool(ref.env) == bool(ref.file):
        raise CredentialFault(
            f"The {what} is not named." if ref is None else f"The {what} needs either env or file, and not both.",
            next_step="Name an environment variable (env) or a file (file) in supplier.toml.",
        )
    if ref.env:
        value = environ.get(ref.env)
        if value is None:
            raise CredentialFault(
                f"The {what} is not set.",
                where=place(ref),
                next_step="Set that variable in the shell or build job that runs this command.",
            )
        return value.encode(errors="surrogateescape")
    try:
        return (root / ref.file).read_bytes()
    except OSError as fault:
        problem = fault.strerror or type(fault).__name__
        raise CredentialFault(
            f"The {what} cannot be read: {problem}.",
            where=place(ref),
            next_step="Check the path (relative to supplier.toml) and its permissions.",
        ) from fault


def open_to_others(ref: SecretRef | None, root: Path) -> bool:
    """Can other users of this machine read the file behind a reference? False where rights are not told so."""
    if ref is None or not ref.file or os.name != "posix":
        return False
    try:
        return bool((root / ref.file).stat().st_mode & 0o077)
    except OSError:
        return False


def place(ref: SecretRef | None) -> str:
    """Where a secret is, in words: ``environment variable NAME`` or ``file PATH``; "" for nowhere."""
    if ref is None:
        return ""
    if ref.env == PASTED:
        return "the terminal, where it was pasted"
    return f"environment variable {ref.env}" if ref.env else f"file {ref.file}"


class KnownSecrets:
    """Every secret and token of a run, by name. What is too short to search for is not kept."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}
        self._learnt: set[bytes] = set()
        self._sorted: tuple[tuple[bytes, str], ...] | None = None

    def add(self, name: str, secret: bytes) -> None:
        """Remember a secret under the name that its placeholder shows; of a signed token also the signature alone,
        since the rest of it can be guessed.
        """
        signature = _JWS.fullmatch(secret)
        for one in (secret, signature[1]) if signature else (secret,):
            if len(one) >= SHORTEST:
                self._names.setdefault(one, name)
                self._learnt.discard(one)
                self._sorted = None

    def learn(self, name: str, secret: bytes) -> None:
        """Remember what a server gave without being asked, a session cookie: from now on it is taken out, too."""
        if _RANDOM.fullmatch(secret) and secret not in self._names and len(self._learnt) < _KEPT:
            self._names[secret] = name
            self._learnt.add(secret)
            self._sorted = None

    def named(self) -> tuple[tuple[bytes, str], ...]:
        """Secrets with their names, the longest first: one may be part of another."""
        if self._sorted is None:
            self._sorted = tuple(sorted(self._names.items(), key=lambda pair: (-len(pair[0]), pair[0])))
        return self._sorted

    def values(self) -> tuple[bytes, ...]:
        """The secrets of this run. Not those that were learnt: what was written before cannot lack them."""
        return tuple(secret for secret, _ in self.named() if secret not in self._learnt)


@lru_cache(maxsize=_KEPT)
def spellings(secret: bytes) -> tuple[bytes, ...]:
    """How a secret may be written whole: raw, URL-encoded (RFC 3986 §2.1), JSON-escaped, in hexadecimal digits, in
    UTF-16. Longest first.
    """
    text = secret.decode("latin-1")
    forms = {secret, quote(secret, safe="").encode(), quote_plus(secret).encode(), quote(secret).encode()}
    forms.add(_ESCAPE.sub(lambda escape: escape[0].lower(), quote(secret, safe="")).encode())
    forms |= {secret.hex().encode(), secret.hex().upper().encode()}
    with suppress(UnicodeDecodeError):
        own = secret.decode("utf-8")
        forms.add(own.encode("utf-16-le")[:-1] if own.isascii() else own.encode("utf-16-le"))  # of either byte order
        forms.add(json.dumps(own)[1:-1].encode())
    forms.add(text.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/").encode("latin-1"))
    forms.add(text.replace("\\", "\\\\").replace('"', '\\"').encode("latin-1"))
    forms.add(text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").encode("latin-1"))
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


@lru_cache(maxsize=_KEPT)
def base64_cores(secret: bytes) -> tuple[bytes, ...]:
    """What base64 text (RFC 4648 §4, §5) must contain when the secret is anywhere inside it.

    Base64 works on groups of three bytes, so there are three ways to lie in it; characters that
    mix the secret with its neighbours are left off.
    """
    cores: set[bytes] = set()
    for offset in range(3):
        padded = b"\0" * offset + secret
        start, end = -(-offset // 3) * 4, len(padded) // 3 * 4
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            cores.add(encode(padded)[start:end])
    return tuple(sorted(core for core in cores if len(core) >= SHORTEST))
