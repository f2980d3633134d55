"""Probes of TLS: full handshakes with a normal client, and hand-made ClientHellos.

Source: RFC 8446, RFC 8996 (TLS 1.0 and 1.1 deprecated), RFC 5280.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from checker.model.asked import Moment
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.probes.fhir import get

ALL_VERSIONS = ("TLSv1.2", "TLSv1.3")


def tls_end(s: Session) -> tuple[str, int] | None:
    """Host and port of the FHIR endpoint, or None (and the record says so) if it is not https."""
    address = urlsplit(s.supplier.base_url)
    if address.scheme != "https" or not address.hostname:
        s.short(Reason.PREREQUISITE, "the endpoint is not https")
        return None
    return address.hostname, address.port or 443


@probe("tls.handshake", "1", budget=lambda p: Budget(handshakes=1))
async def handshake(s: Session, p: NoParams) -> None:
    """One handshake as a normal client does it, with the certificate chain."""
    end = tls_end(s)
    if end is not None:
        await s.handshake(*end, (ALL_VERSIONS,), "handshake")


@probe("tls.old-versions", "1", budget=lambda p: Budget(handshakes=7))
async def old_versions(s: Session, p: NoParams) -> None:
    """ClientHellos for TLS 1.0, 1.1 and, as their control, 1.2; and a normal handshake."""
    end = tls_end(s)
    if end is not None:
        await s.handshake(*end, (ALL_VERSIONS,), "control-handshake")
        await s.hellos(*end, ("tls1.2", "tls1.1", "tls1.0"), "hellos")


@probe(
    "run.marker",
    "1",
    params=Moment,
    budget=lambda p: Budget(requests=1, handshakes=1),
    interactions=(),
)
async def marker(s: Session, p: Moment) -> None:
    """What the server says it is at the start and at the end of a run: a change is inconclusive.

    Asked for anew each time: whether the tag of the statement changes with it is seen by two looks at it.
    """
    exchange = await s.send(get(s.url("metadata")), "metadata", interaction="capabilities", fresh=True)
    s.note("software", software_of(exchange.json().value))
    address = urlsplit(s.supplier.base_url)
    if address.scheme == "https" and address.hostname:
        await s.handshake(address.hostname, address.port or 443, (ALL_VERSIONS,), "handshake")


def software_of(statement: Any) -> str:
    """``name version`` of the software that a CapabilityStatement names; "" if it names none."""
    software = statement.get("software") if isinstance(statement, dict) else None
    if not isinstance(software, dict):
        return ""
    return " ".join(str(software[part])[:80] for part in ("name", "version") if software.get(part))
