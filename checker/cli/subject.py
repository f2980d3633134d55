"""The supplier of a command: from ``supplier.toml``, from options, or both."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from checker.engine.demonstration import LOOPBACK
from checker.engine.evidence_pack import with_pack
from checker.engine.release_file import with_release
from checker.engine.supplier_file import (
    SupplierFile,
    SupplierOptions,
    above_s1_faults,
    from_options,
    load_supplier,
    merge,
    with_mappings,
)
from checker.engine.urls import checked_url
from checker.errors import SupplierFault, UsageFault
from checker.model.pack import PART, SECTION
from checker.model.supplier import Limits
from checker.model.terms import Safety
from checker.probes.addresses import host_and_port
from checker.probes.secrets import PASTED


def subject(options: dict[str, Any], now: datetime) -> SupplierFile:
    """The supplier that the options name, with the limits of this run. Raises ``UsageFault``."""
    found, _ = described(options, now)
    allowed(found, options, now)
    if found.terminology and found.limits.ceiling < Safety.S1:
        raise UsageFault(
            "A terminology server is asked by requests of safety class S1, and this run allows S0.",
            where="--terminology and --safety",
            next_step="Leave one of them out.",
        )
    _there(found)
    return found


def described(options: dict[str, Any], now: datetime) -> tuple[SupplierFile, str]:
    """The supplier as it is described, and by which file ("" for none). Raises ``SupplierFault``.

    ``supplier.toml`` in the current folder is used when neither it nor an endpoint is named.
    """
    said = SupplierOptions(
        base_url=options.get("base_url") or "",
        artefacts=tuple(options.get("artefact") or ()),
        mappings=tuple(_absolute_mapping(one) for one in options.get("mapping") or ()),
        token_env=_token_variable(options),
        token_expires_at=_token_ends(options, now),
        name=options.get("name") or "",
        product=options.get("product") or "",
        version=options.get("product_version") or "",
        environment=options.get("environment") or "",
    )
    path = options.get("supplier")
    if path is None and not said.base_url and not said.artefacts and Path("supplier.toml").is_file():
        path = "supplier.toml"
    # Paths of options are relative to where the command runs, those of a file to the file.
    here = msgspec.structs.replace(said, artefacts=tuple(_absolute(one) for one in said.artefacts))
    found = merge(load_supplier(Path(path)), here) if path else from_options(here, Path.cwd())
    found = replace(found, limits=_limits(found.limits, options), network=_network(found, options))
    asked = checked_url(options["terminology"], "--terminology") if options.get("terminology") else ""
    packages = tuple(options.get("package") or ()) or found.packages
    found = replace(with_mappings(with_pack(found)), packages=packages, terminology=asked or found.terminology)
    return with_release(found), str(path or "")


def _token_variable(options: dict[str, Any]) -> str:
    if options.get("ask_token") and options.get("token_env"):
        raise UsageFault(
            "A token is both pasted and named.",
            where="--ask-token and --token-env",
            next_step="Leave one of them out.",
        )
    return PASTED if options.get("ask_token") else options.get("token_env") or ""


def _token_ends(options: dict[str, Any], now: datetime) -> datetime | None:
    lives = options.get("token_expires_in")
    if not lives:
        return None
    if not _token_variable(options):
        raise UsageFault(
            "There is no token of which to say when it ends.",
            where="--token-expires-in",
            next_step="Give it beside --ask-token or --token-env; in supplier.toml it is expires-at.",
        )
    try:
        return now + timedelta(seconds=lives)
    except OverflowError:
        return None  # it outlives the calendar


def remarks(found: SupplierFile, options: dict[str, Any]) -> tuple[str, ...]:
    """What is allowed, but worth saying before anything is sent."""
    said = list(found.notes)
    by_options = options.get("supplier") is None and (options.get("base_url") or options.get("artefact"))
    if by_options and Path("supplier.toml").is_file():
        said.append("supplier.toml is not read, since options describe the supplier: add --supplier . if it should be.")
    for artefact in found.supplier.artefacts:
        if artefact.id.startswith(PART) or artefact.kind.startswith(SECTION):
            continue  # a pack names what it likes
        close = difflib.get_close_matches(artefact.kind, _KINDS, n=1, cutoff=0.6)
        if close and artefact.kind not in _KINDS:
            said.append(f"Nothing here looks at an artefact of kind {artefact.kind!r}. Did you mean {close[0]!r}?")
        folder = found.root / artefact.location
        if artefact.location and "://" not in artefact.location and _holds_nothing(folder):
            said.append(f"The artefact {artefact.id!r} holds no file, so nothing about it can be decided: {folder}")
    return tuple(said)


_KINDS = (
    *("export", "audit-log", "register", "server-log", "release", "release-other", "release-declaration", "tables"),
    *("opt-out-submitted", "opt-out-returned", "opt-out-released"),
    *("sbom", "sbom-earlier", "vulnerability-report", "assurance", "config-export"),
    "evidence-pack",
    *("client-requests", "client-keys", "client-keys-earlier", "identity-configuration"),
)
"""The kinds of artefacts that are looked at here; a plug-in may know others."""


def _holds_nothing(folder: Path) -> bool:
    return os.path.isdir(folder) and not any(path.is_file() for path in folder.rglob("*"))


def _there(found: SupplierFile) -> None:
    """A file that is not there is found out before anything is sent; a log may come with the first request."""
    for artefact in found.supplier.artefacts:
        if artefact.kind == "audit-log":
            continue
        if artefact.location and "://" not in artefact.location and not os.path.exists(found.root / artefact.location):
            raise SupplierFault(
                f"The artefact {artefact.id!r} ({artefact.kind}) is not there.",
                where=str(found.root / artefact.location),
                next_step="Correct its path in supplier.toml or --artefact, or leave it out.",
            )


def _absolute(artefact: str) -> str:
    kind, equals, path = artefact.partition("=")
    return artefact if not (kind and equals and path) or "://" in path else f"{kind}={Path(path).resolve()}"


def _absolute_mapping(mapping: str) -> str:
    kind, equals, path = mapping.partition("=")
    return f"{kind}={Path(path).resolve()}" if equals and path else str(Path(mapping).resolve()) if mapping else ""


def _limits(limits: Limits, options: dict[str, Any]) -> Limits:
    said = {
        "ceiling": Safety(options["safety"]) if options.get("safety") else None,
        "requests_per_s": options.get("rate"),
        "max_requests": options.get("max_requests"),
        "concurrency": options.get("concurrency"),
        "timeout_s": options.get("timeout_s"),
    }
    return msgspec.structs.replace(limits, **{name: value for name, value in said.items() if value is not None})


def _network(found: SupplierFile, options: dict[str, Any]) -> Any:
    bundle = options.get("ca_bundle")
    if options.get("proxy") and host_and_port(options["proxy"]) is None:
        raise UsageFault(
            "The proxy cannot be used: it is no http or https URL.",
            where="--proxy",
            next_step="Write it as http://host:port.",
        )
    said = {
        "proxy": options.get("proxy"),
        "ca_bundle": str(Path(bundle).resolve()) if bundle else None,
        "trust": options.get("trust"),
    }
    chosen: dict[str, Any] = {name: value for name, value in said.items() if value}
    if options.get("http2") is not None:
        chosen["http2"] = options["http2"]
    return msgspec.structs.replace(found.network, **chosen)


def allowed(found: SupplierFile, options: dict[str, Any], now: datetime) -> None:
    """Above S1 somebody must have allowed it, in the supplier file (design: collecting safely)."""
    ceiling = found.limits.ceiling
    if ceiling <= Safety.S1:
        return
    faults = above_s1_faults(found.supplier, now)
    if ceiling >= Safety.S3 and not options.get("allow_writes"):
        faults.append("--allow-writes is not given, and S3 writes")
    if ceiling >= Safety.S4 and urlsplit(found.supplier.base_url).hostname not in LOOPBACK:
        faults.append("S4 may degrade a service: it is for a system on this machine only")
    if faults:
        raise UsageFault(
            f"Safety class {ceiling} is not allowed here: {'; '.join(faults)}.",
            where="--safety and [authority] of supplier.toml",
            next_step="Let the owner of the system fill in [authority], or run with --safety S1.",
        )
