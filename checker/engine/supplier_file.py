"""The system under test, from ``supplier.toml`` or from options. Secrets only by reference.

What is given as an option overrides what the file says.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from checker.catalogue import toml_text
from checker.catalogue.document import Document, step
from checker.catalogue.schema import validate
from checker.engine.mapping_file import with_tables
from checker.engine.supplier_headers import read_headers
from checker.engine.supplier_identity import read_identity, reference
from checker.engine.urls import base_url, checked_url
from checker.errors import SupplierFault
from checker.model.supplier import DEMONSTRATION, ArtefactRef, Authority, KnownRecords, Limits, Supplier
from checker.model.value import Value
from checker.probes.config import IdentityConfig, NetworkConfig, SecretRef

FILE_NAME = "supplier.toml"

_PAGE_OF_TYPE = re.compile(
    r"/(Patient|Practitioner|Organization|Encounter|Observation|Condition|Appointment|Bundle|CapabilityStatement)$"
)
"""A base URL that ends so was probably copied from a request."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
UNNAMED = "unnamed supplier"
"""Who nobody named."""


@dataclass(frozen=True)
class SupplierFile:
    """All that a run needs to know of the system under test."""

    supplier: Supplier
    identities: tuple[IdentityConfig, ...] = ()
    network: NetworkConfig = field(default_factory=NetworkConfig)
    limits: Limits = field(default_factory=Limits)
    root: Path = field(default_factory=Path)
    """Folder that artefact paths are relative to."""
    packages: tuple[str, ...] = ()
    """FHIR packages to judge by: files and folders, or ``NAME@VERSION``."""
    terminology: str = ""
    """Base URL of a terminology server."""
    mappings: dict[str, str] = field(default_factory=dict)
    """Artefact id → the mapping file that was named for it, relative to the root."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is allowed, but worth saying."""
        found = []
        if self.supplier.base_url.startswith("http://"):
            found.append("The base URL begins with http: nothing that is sent or received is encrypted.")
        if _PAGE_OF_TYPE.search(self.supplier.base_url):
            found.append(
                f"The base URL ends in {self.supplier.base_url[8:].partition('/')[2].rpartition('/')[2]}: it should be "
                "the address in front of /metadata and /Patient."
            )
        return tuple(found)


class SupplierOptions(Value, frozen=True, kw_only=True):
    """What the command line says of the supplier. Empty: not said."""

    base_url: str = ""
    artefacts: tuple[str, ...] = ()
    """Each ``kind=path``."""
    mappings: tuple[str, ...] = ()
    """Each ``kind=path``, or a path for all artefacts that options name."""
    token_env: str = ""
    """Environment variable that holds a bearer token for the identity ``default``."""
    token_expires_at: datetime | None = None
    """When that token ends, if somebody knows."""
    name: str = ""
    product: str = ""
    version: str = ""
    environment: str = ""


def load_supplier(path: Path) -> SupplierFile:
    """The supplier of a file, or of ``supplier.toml`` in a folder. Raises ``SupplierFault``."""
    file = path / FILE_NAME if path.is_dir() else path
    try:
        content = file.read_bytes()
    except OSError as error:
        what = f"the supplier file cannot be read: {error.strerror or error}"
        next_step = "Write one with: checker init"
        raise SupplierFault(what, where=file.as_posix(), next_step=next_step) from None
    return read_supplier(content, file.as_posix(), file.parent)


def read_supplier(content: bytes, source: str, root: Path) -> SupplierFile:
    """The supplier of a file's content. ``source`` is what messages call the file."""
    document = _plain_times(toml_text.parse(content, source))
    validate(document, "supplier", fault=SupplierFault)
    data = document.data
    endpoint = data.get("endpoint", {})
    token_url = _url(document, "/endpoint/token-url", endpoint.get("token-url", ""))
    identities = tuple(
        read_identity(document, name, table, token_url, root) for name, table in data.get("identity", {}).items()
    )
    supplier = Supplier(
        **data["supplier"],
        base_url=base_url(endpoint["base-url"], document.where("/endpoint/base-url"))
        if endpoint.get("base-url")
        else "",
        token_url=token_url,
        identities=tuple(reference(one) for one in identities),
        headers=read_headers(document),
        artefacts=_artefacts(document),
        authority=_authority(document),
        records=_records(document),
        known=tuple(sorted(document.data.get("known", {}).items())),
    )
    network: dict[str, Any] = _underscored(data.get("network", {}))
    network["proxy"] = _url(document, "/network/proxy", network.get("proxy", ""))
    if network.get("ca_bundle"):
        network["ca_bundle"] = str((root / network["ca_bundle"]).absolute())
    return SupplierFile(
        supplier=supplier,
        identities=identities,
        network=msgspec.convert(network, type=NetworkConfig),
        limits=_limits(document),
        root=root,
        packages=tuple(_package(text, root) for text in data.get("definitions", {}).get("packages", ())),
        terminology=_url(document, "/definitions/terminology", data.get("definitions", {}).get("terminology", "")),
        mappings={table["id"]: table["mapping"] for table in data.get("artefact", ()) if "mapping" in table},
    )


def _package(text: str, root: Path) -> str:
    """A path is relative to the file; what is no path is a name."""
    is_path = "/" in text or "\\" in text or text.endswith((".tgz", ".gz")) or (root / text).exists()
    return str(root / text) if is_path else text


def from_options(options: SupplierOptions, root: Path) -> SupplierFile:
    """A supplier without a file. ``root``: the folder that artefact paths are relative to."""
    if not options.base_url and not options.artefacts:
        raise SupplierFault(
            "There is nothing to test.",
            next_step="Write a supplier.toml with 'checker init', or give --base-url URL or --artefact export=FOLDER.",
        )
    url = base_url(options.base_url, "--base-url") if options.base_url else ""
    name = options.name or urlsplit(url).hostname or UNNAMED
    return merge(SupplierFile(supplier=Supplier(name=name), root=root), options)


def merge(base: SupplierFile, options: SupplierOptions) -> SupplierFile:
    """The supplier of a file with what the options say instead.

    Artefacts of a kind that an option gives replace the file's artefacts of that kind.
    """
    supplier, identities = base.supplier, base.identities
    said = {name: value for name in ("name", "product", "version", "environment") if (value := getattr(options, name))}
    if options.base_url:
        said["base_url"] = base_url(options.base_url, "--base-url")
    if options.token_env:
        _check_variable(options.token_env)
        identities = (_by_token(identities, options), *(one for one in identities if one.name != "default"))
    given = _option_artefacts(options.artefacts)
    kinds = {artefact.kind for artefact in given}
    kept = tuple(artefact for artefact in supplier.artefacts if artefact.kind not in kinds)
    changed = msgspec.structs.replace(
        supplier,
        **said,
        identities=tuple(reference(one) for one in identities),
        artefacts=(*kept, *given),
    )
    named = {one.id: path for one in kept if (path := base.mappings.get(one.id))}
    named |= _option_mappings(options.mappings, changed, given)
    return replace(base, supplier=changed, identities=identities, mappings=named)


def _by_token(identities: tuple[IdentityConfig, ...], options: SupplierOptions) -> IdentityConfig:
    """The default identity by a given token. A client certificate of the file belongs to the connection, and stays."""
    before = next((one for one in identities if one.name == "default"), None)
    kept = before or IdentityConfig(name="default", kind="bearer")
    return IdentityConfig(
        name="default",
        kind="bearer",
        secret=SecretRef(env=options.token_env),
        expires_at=options.token_expires_at,
        certificate=kept.certificate,
        certificate_key=kept.certificate_key,
        certificate_key_passphrase=kept.certificate_key_passphrase,
    )


def with_mappings(base: SupplierFile) -> SupplierFile:
    """The same with what the mapping files of its artefacts say. Raises ``MappingFault``."""
    root, named = base.root, base.mappings
    artefacts = tuple(with_tables(one, root, named.get(one.id, "")) for one in base.supplier.artefacts)
    return replace(base, supplier=msgspec.structs.replace(base.supplier, artefacts=artefacts))


def _option_mappings(mappings: tuple[str, ...], supplier: Supplier, given: tuple[ArtefactRef, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in mappings:
        kind, equals, path = text.partition("=")
        meant = supplier.artefacts_of(kind) if equals else given or supplier.artefacts
        if not (meant and text) or (equals and not path):
            raise SupplierFault(
                f"This mapping is for no artefact: {text!r}.",
                where="--mapping",
                next_step="Write --artefact KIND=PATH --mapping KIND=FILE.",
            )
        found |= {one.id: path if equals else text for one in meant}
    return found


def above_s1_faults(supplier: Supplier, now: datetime) -> list[str]:
    """What is missing before anything above safety class S1 may be sent. Empty: nothing is."""
    authority, faults = supplier.authority, []
    if not authority.authorised_by:
        faults.append("authority.authorised-by does not say who authorised the test")
    host = urlsplit(supplier.base_url).hostname or ""
    if host not in authority.hosts:
        faults.append(f"authority.hosts does not name {host or 'a host'}")
    if authority.window_start is None or authority.window_end is None:
        faults.append("authority.window-start and window-end do not say when testing is allowed")
    elif not authority.window_start <= now <= authority.window_end:
        window = f"{authority.window_start.isoformat()} to {authority.window_end.isoformat()}"
        faults.append(f"it is not now within the authorised window, {window}")
    if not authority.contacts:
        faults.append("authority.contacts does not say whom to call when something breaks")
    if supplier.environment not in ("test", DEMONSTRATION):
        faults.append(f'supplier.environment is {supplier.environment or "not given"!r}; it must be "test"')
    return faults


def _underscored(table: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("-", "_"): value for name, value in table.items()}


def _plain_times(document: Document) -> Document:
    """TOML's own dates and times as text, so that the schema speaks of one form only."""

    def plain(value: Any, pointer: str) -> Any:
        if isinstance(value, dict):
            return {name: plain(inner, step(pointer, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner, step(pointer, index)) for index, inner in enumerate(value)]
        return value.isoformat() if hasattr(value, "isoformat") else value

    return msgspec.structs.replace(document, data=plain(document.data, ""))


def _time(document: Document, name: str) -> datetime | None:
    text = document.data.get("authority", {}).get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise SupplierFault(
            f"{name!r} is not a time with a zone: {text}",
            where=document.where(f"/authority/{name}"),
            next_step="Write it like 2026-11-30T09:00:00Z.",
        )
    return found


def _authority(document: Document) -> Authority:
    table = document.data.get("authority", {})
    ranges = tuple((low, high) for low, high in table.get("test-number-ranges", ()))
    for low, high in ranges:
        if low > high:
            where = document.where("/authority/test-number-ranges")
            next_step = "Write the smaller number first."
            raise SupplierFault(f"the range {low} to {high} runs backwards", where=where, next_step=next_step)
    start, end = _time(document, "window-start"), _time(document, "window-end")
    if start and end and start > end:
        where = document.where("/authority/window-end")
        raise SupplierFault("the window ends before it begins", where=where, next_step="Mend the two times.")
    return Authority(
        authorised_by=table.get("authorised-by", ""),
        hosts=tuple(host.lower() for host in table.get("hosts", ())),
        window_start=start,
        window_end=end,
        contacts=tuple(table.get("contacts", ())),
        live_data_approved_by=table.get("live-data-approved-by", ""),
        test_number_ranges=ranges,
    )


def _limits(document: Document) -> Limits:
    """The limits. TOML knows ``nan`` and ``inf``, which no schema can refuse and no limiter survives."""
    table = document.data.get("limits", {})
    for name, value in table.items():
        if not math.isfinite(value):
            where = document.where(f"/limits/{name}")
            raise SupplierFault(f"{name!r} is no number: {value}", where=where, next_step="Write a number.")
    return msgspec.convert(_underscored(table), type=Limits)


def _artefacts(document: Document) -> tuple[ArtefactRef, ...]:
    found: dict[str, ArtefactRef] = {}
    for index, table in enumerate(document.data.get("artefact", [])):
        pointer = step("/artefact", index)
        if table["id"] in found:
            what = f"the artefact id {table['id']!r} stands twice"
            raise SupplierFault(what, where=document.where(f"{pointer}/id"), next_step="Give one of them another id.")
        location = table.get("path") or _url(document, f"{pointer}/url", table["url"], query=True)
        found[table["id"]] = ArtefactRef(id=table["id"], kind=table["kind"], location=location)
    return tuple(found.values())


def _records(document: Document) -> KnownRecords:
    table = document.data.get("records", {})
    return KnownRecords(
        restricted=tuple(table.get("restricted", ())),
        invalidated=tuple(table.get("invalidated", ())),
        withheld_codes=tuple(sorted(set(table.get("withheld-codes", ())))),
    )


def _option_artefacts(given: tuple[str, ...]) -> tuple[ArtefactRef, ...]:
    """``kind=path`` each; ids are the kind, numbered from the second on."""
    found: list[ArtefactRef] = []
    for text in given:
        kind, equals, path = text.partition("=")
        if not (kind and equals and path):
            kind, path = kind if equals and kind else "export", (path if equals else kind) or "FOLDER"
            raise SupplierFault(
                f"This is not an artefact: {text!r}.", where="--artefact", next_step=f"Write KIND=PATH: {kind}={path}"
            )
        before = sum(1 for one in found if one.kind == kind)
        found.append(ArtefactRef(id=f"{kind}-{before + 1}" if before else kind, kind=kind, location=path))
    return tuple(found)


def _url(document: Document, pointer: str, text: str, *, query: bool = False) -> str:
    return checked_url(text, document.where(pointer), query=query) if text else ""


def _check_variable(name: str) -> None:
    """Whoever gives the token itself must not see it repeated in a build log. Raises ``SupplierFault``."""
    if not _VARIABLE.fullmatch(name):
        raise SupplierFault(
            "What was given is not the name of an environment variable (letters, digits and _).",
            where="--token-env",
            next_step="Put the token into a variable and give the name of that: --token-env SUPPLIER_TOKEN.",
        )
