"""``[identity.NAME]`` of a supplier file: how to log in, with every secret by reference."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from checker.catalogue.document import Document, step
from checker.engine.urls import checked_url
from checker.errors import SupplierFault
from checker.model.supplier import IdentityRef
from checker.probes.config import IdentityConfig, SecretRef

_SECRETS = ("secret", "key", "key-passphrase", "certificate", "certificate-key", "certificate-key-passphrase")
_NEEDS: dict[str, tuple[str, ...]] = {
    "none": (),
    "api-key": ("secret",),
    "bearer": ("secret",),
    "client-credentials": ("secret", "client-id", "token-url"),
    "private-key-jwt": ("key", "client-id", "token-url"),
    "client-certificate": ("certificate", "certificate-key"),
    "token-issuer": ("key",),
    "certificate-issuer": ("certificate", "certificate-key"),
}
"""What each kind of identity cannot do without."""


def read_identity(document: Document, name: str, table: dict[str, Any], token_url: str, root: Path) -> IdentityConfig:
    """One identity. ``token_url``: that of the endpoint, for an identity that names none. Raises ``SupplierFault``."""
    pointer = step("/identity", name)
    values: dict[str, Any] = {"name": name, "kind": table["kind"]}
    for plain in ("header", "client-id", "scope", "key-id", "algorithm", "audience", "patient"):
        if plain in table:
            values[plain.replace("-", "_")] = table[plain]
    own = table.get("token-url", "")
    values["token_url"] = checked_url(own, document.where(f"{pointer}/token-url")) if own else token_url
    for secret in _SECRETS:
        reference = _secret(document, pointer, table, secret, root)
        if reference is not None:
            values[secret.replace("-", "_")] = reference
    values["client_id_from"] = _client_id(document, pointer, table)
    values["expires_at"] = _expires_at(document, pointer, table)
    for need in _NEEDS[table["kind"]]:
        if not values.get(need.replace("-", "_")) and not (need == "client-id" and values["client_id_from"]):
            shown = f"{need}-env' or '{need}-file" if need in _SECRETS else need
            what = f"the identity {name!r} of kind {table['kind']} has no {need}"
            raise SupplierFault(what, where=document.where(pointer), next_step=f"Add '{shown}'.")
    return IdentityConfig(**values)


def reference(identity: IdentityConfig) -> IdentityRef:
    """What a recording keeps of an identity."""
    header = identity.header if identity.kind == "api-key" else ""
    return IdentityRef(
        name=identity.name,
        kind=identity.kind,
        header=header,
        patient=identity.patient,
        certificate=identity.certificate is not None,
    )


def _client_id(document: Document, pointer: str, table: dict[str, Any]) -> SecretRef | None:
    if "client-id-env" not in table:
        return None
    if "client-id" in table:
        what = "'client-id' and 'client-id-env' are both given"
        where = document.where(f"{pointer}/client-id-env")
        raise SupplierFault(what, where=where, next_step="Keep one of them.")
    return SecretRef(env=table["client-id-env"])


def _expires_at(document: Document, pointer: str, table: dict[str, Any]) -> datetime | None:
    text = table.get("expires-at")
    if text is None:
        return None
    where = document.where(f"{pointer}/expires-at")
    if table["kind"] != "bearer":
        what = "'expires-at' is for the kind bearer: a token that is fetched says itself how long it lives"
        raise SupplierFault(what, where=where, next_step="Take it out.")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        what = f"'expires-at' is not a time with a zone: {text}"
        raise SupplierFault(what, where=where, next_step="Write it like 2026-11-30T09:00:00Z.")
    return found


def _secret(document: Document, pointer: str, table: dict[str, Any], name: str, root: Path) -> SecretRef | None:
    env, file = table.get(f"{name}-env", ""), table.get(f"{name}-file", "")
    if env and file:
        what = f"'{name}-env' and '{name}-file' are both given"
        where = document.where(f"{pointer}/{name}-file")
        raise SupplierFault(what, where=where, next_step="Keep the one that holds the secret.")
    if not env and not file:
        return None
    return SecretRef(env=env, file=str((root / file).absolute()) if file else "")
