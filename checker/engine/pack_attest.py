"""Recording a named person's statement, signed: the file of attestations and its Ed25519 signature beside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.catalogue import strict_yaml
from checker.catalogue.schema import validate
from checker.engine.attestations import load_attestations
from checker.engine.trust import TrustedKey, read_bytes, read_signature, verify
from checker.errors import CredentialFault, OutputFault, UsageFault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_FIELDS = ("requirement", "statement", "by", "role", "product", "version", "issued", "expires", "note")
_MAKE = "Make one: openssl genpkey -algorithm ed25519 -out key.pem && chmod 600 key.pem"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_key(path: Path, passphrase: str) -> Ed25519PrivateKey:
    """The Ed25519 key of a PEM file. Raises ``CredentialFault``, whose words hold nothing of it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = read_bytes(path, "The key")
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        raise CredentialFault(
            "Others on this machine may read or change the key, so it is nobody's alone.",
            where=str(path),
            next_step=f"Take their rights away: chmod 600 {path}",
        )
    try:
        key = load_pem_private_key(content, passphrase.encode() if passphrase else None)
    except TypeError:
        what = "The key has no passphrase, and one was given." if passphrase else "The key has a passphrase."
        next_step = "Name the environment variable that holds it with --key-passphrase-env, or leave it out."
        raise CredentialFault(what, where=str(path), next_step=next_step) from None
    except (ValueError, UnsupportedAlgorithm):
        what = "The key cannot be read: it is no private key in PEM, or the passphrase is another one."
        raise CredentialFault(what, where=str(path), next_step=_MAKE) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CredentialFault("The key is of another kind than Ed25519.", where=str(path), next_step=_MAKE)
    return key


def attest(path: Path, key: Ed25519PrivateKey, statement: Mapping[str, str]) -> int:
    """Add a statement to a file of attestations, and sign it anew. Returns how many statements the file has.

    What the file has already must be signed by the same key: nobody signs what another person wrote. Raises
    ``UsageFault`` for a statement that no file of attestations may hold.
    """
    entry = {name: statement[name] for name in _FIELDS if statement.get(name)}
    earlier = _earlier(path, key, entry["role"], entry["by"]) if path.exists() else []
    text = _written([*earlier, entry])
    validate(strict_yaml.parse(text, path.as_posix(), fault=UsageFault), "attestations", fault=UsageFault)
    _write(path, text)
    _write(path.with_name(path.name + ".sig"), key.sign(text))
    load_attestations(path)  # what is written here is never refused later
    return len(earlier) + 1


def check_days(issued: str, expires: str) -> None:
    """Raises ``UsageFault`` for days that are none, or in the wrong order."""
    found = []
    for option, text in (("--issued", issued), ("--expires", expires)):
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            raise UsageFault(f"{text!r} is no day.", where=option, next_step="Write it as YYYY-MM-DD.") from None
    if found[1] < found[0]:
        raise UsageFault("The statement would end before it begins.", where="--expires", next_step="Give a later day.")


def _earlier(path: Path, key: Ed25519PrivateKey, role: str, by: str) -> list[dict[str, Any]]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    content = read_bytes(path, "The file of attestations")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    if verify(content, read_signature(path), (TrustedKey(name=by, role=role, public_key=public),), role) is None:
        raise UsageFault(
            "The file of attestations is not signed by this key as it stands.",
            where=str(path),
            next_step="Look at what is in it, and at its .sig; or write another file with --out.",
        )
    document = strict_yaml.parse(content, path.as_posix(), fault=UsageFault)
    validate(document, "attestations", fault=UsageFault)
    found: list[dict[str, Any]] = document.data["attestations"]
    others = {(one["by"], one["role"]) for one in found} - {(by, role)}
    if others:
        raise UsageFault(
            f"The file holds statements of another person or role: {sorted(others)[0][0]!r}.",
            where=str(path),
            next_step="A file is one person's: write another with --out.",
        )
    return found


def _written(entries: list[dict[str, Any]]) -> bytes:
    """As YAML in which every text is quoted, so that no reader takes 1.0 for a number."""
    import json

    lines = ["attestations:"]
    for entry in entries:
        for number, name in enumerate(one for one in _FIELDS if one in entry):
            lines.append(f"{'  - ' if number == 0 else '    '}{name}: {json.dumps(entry[name], ensure_ascii=False)}")
    return ("\n".join(lines) + "\n").encode("utf-8")


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError as error:
        raise OutputFault(
            f"The file cannot be written: {error.strerror or error}.",
            where=str(path),
            next_step="Give a path in a folder that you can write to.",
        ) from None
