"""Private keys: what opens them, what they may sign, and that no word about them holds anything of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from checker.errors import CredentialFault
from checker.probes import keys
from checker.probes.config import IdentityConfig, SecretRef
from tests.probes.support import live

PASSPHRASE = "a long umbrella"
RSA = rsa.generate_private_key(65537, 2048)


def pem(key: Any, passphrase: str = "", *, old: bool = False) -> bytes:
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        lock = serialization.BestAvailableEncryption(passphrase.encode())
    form = serialization.PrivateFormat.TraditionalOpenSSL if old else serialization.PrivateFormat.PKCS8
    return bytes(key.private_bytes(serialization.Encoding.PEM, form, lock))


def public(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))


def assertion(**more: Any) -> IdentityConfig:
    given = {"token_url": "http://127.0.0.1:1/token", "client_id": "me", "key": SecretRef(env="KEY"), **more}
    return IdentityConfig(name="default", kind="private-key-jwt", **given)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_a_key_is_opened_and_described(old: bool, passphrase: str) -> None:
    found = keys.open_key(pem(RSA, passphrase, old=old), passphrase.encode())
    assert (found.described, found.kind, found.was_encrypted) == ("RSA, 2048 bits", "RSA", bool(passphrase))
    assert found.pem == pem(RSA)


@pytest.mark.parametrize(
    ("text", "passphrase", "says"),
    [
        (pem(RSA, PASSPHRASE), "", "is encrypted, and no passphrase is named"),
        (pem(RSA, PASSPHRASE), "another umbrella", "is not opened by its passphrase"),
        (pem(RSA, PASSPHRASE, old=True), "another umbrella", "is not opened by its passphrase"),
        (public(RSA), "", "holds a public key"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "", "holds a certificate"),
        (b'{"kty": "RSA", "d": "AAAA"}', "", "holds a JSON Web Key"),
        (b"", "", "is empty"),
        (b"\x00\xff" * 40, "", "is no PEM text"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "", "is damaged"),
        (pem(rsa.generate_private_key(65537, 1024)), "", "an RSA key of 1024 bits"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "", "neither an RSA nor an EC key"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_in_words(text: bytes, passphrase: str, says: str) -> None:
    with pytest.raises(keys.KeyProblem, match=says) as caught:
        keys.open_key(text, passphrase.encode())
    assert caught.value.advice
    assert caught.value.__cause__ is None  # the library's words may hold parts of it


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_an_algorithm_takes_its_own_kind_of_key(algorithm: str) -> None:
    held = {"RSA": RSA, "secp256r1": ec.generate_private_key(ec.SECP256R1())}
    held["secp384r1"] = ec.generate_private_key(ec.SECP384R1())
    for kind, key in held.items():
        opened = keys.open_key(pem(key))
        if kind == keys.ALGORITHMS[algorithm]:
            keys.must_sign(opened, algorithm)
            continue
        with pytest.raises(keys.KeyProblem, match=f"cannot sign with {algorithm}"):
            keys.must_sign(opened, algorithm)


def test_a_key_is_known_as_its_text_and_without_line_ends() -> None:
    text, joined = keys.bodies(pem(RSA))
    assert text.startswith(b"-----BEGIN")
    assert b"\n" not in joined
    assert joined[:40] in text


def test_a_passphrase_comes_by_reference_and_neither_it_nor_the_key_is_ever_said(tmp_path: Path) -> None:
    environ = {"KEY": pem(RSA, PASSPHRASE).decode(), "PASS": PASSPHRASE + "\n"}
    outside = live("http://127.0.0.1:1", assertion(key_passphrase=SecretRef(env="PASS")), environ=environ)
    known = outside.known_secrets()
    assert PASSPHRASE.encode() in known
    assert set(keys.bodies(pem(RSA))) <= set(known)
    loaded = outside.loaded("default")
    assert loaded is not None
    assert loaded.read[-1] == "the private key is loaded: RSA, 2048 bits, opened with its passphrase"
    with pytest.raises(CredentialFault, match="not opened") as caught:
        live(
            "http://127.0.0.1:1",
            assertion(key_passphrase=SecretRef(env="PASS")),
            environ={**environ, "PASS": "wrong one"},
        )
    assert caught.value.before[0].startswith("the private key is read from environment variable KEY")
    assert "wrong one" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="rights are told so there only")
def test_a_key_that_others_can_read_is_remarked_on_and_one_that_nobody_can_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "client.key"
    path.write_bytes(pem(RSA))
    for mode, remarks in ((0o644, 1), (0o600, 0)):
        path.chmod(mode)
        loaded = live("http://127.0.0.1:1", assertion(key=SecretRef(file=str(path)))).loaded("default")
        assert loaded is not None
        assert len(loaded.remarks) == remarks
    if os.geteuid() != 0:
        path.chmod(0o000)
        with pytest.raises(CredentialFault, match="Permission denied"):
            live("http://127.0.0.1:1", assertion(key=SecretRef(file=str(path))))
    with pytest.raises(CredentialFault, match="cannot be read"):
        live("http://127.0.0.1:1", assertion(key=SecretRef(file=str(tmp_path))))  # a folder


def test_a_client_id_may_be_kept_as_a_secret_is() -> None:
    environ = {"KEY": pem(RSA).decode(), "ID": "the-api-key-of-a-platform"}
    config = assertion(client_id="", client_id_from=SecretRef(env="ID"))
    outside = live("http://127.0.0.1:1", config, environ=environ)
    loaded = outside.loaded("default")
    assert loaded is not None
    assert loaded.config.client_id == environ["ID"]
    assert environ["ID"].encode() in outside.known_secrets()
