"""Does a proxy on the way read along? It shows by who issued the certificate."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.model.evidence import CertificateFacts
from checker.probes.addresses import is_loopback, literal

_INSPECTORS = (
    "Zscaler",
    "Netskope",
    "Blue Coat",
    "BlueCoat",
    "Palo Alto",
    "Fortinet",
    "FortiGate",
    "Cisco Umbrella",
    "OpenDNS",
    "McAfee",
    "Skyhigh",
    "Sophos",
    "Forcepoint",
    "Websense",
    "Check Point",
    "Barracuda",
    "iboss",
    "Cato Networks",
    "Menlo Security",
    "Smoothwall",
    "Lightspeed",
    "Kaspersky",
    "Bitdefender",
    "ESET",
    "Avast",
    "mitmproxy",
    "Fiddler",
    "PortSwigger",
    "Charles Proxy",
)
"""Makers of what opens TLS on the way: gateways, virus scanners, debugging proxies."""

_INSPECTOR = re.compile(r"(?<![a-z])(" + "|".join(re.escape(name.lower()) for name in _INSPECTORS) + ")(?![a-z])")
_PRIVATE_NAMES = (".local", ".localhost", ".internal", ".intranet", ".lan", ".corp", ".home.arpa", ".test")


def inspector(chain: Sequence[CertificateFacts], public_names: frozenset[str]) -> str:
    """The maker whose product issued the certificate, or "". A chain to a public root is nobody's who reads along."""
    if issued_publicly(chain, public_names):
        return ""
    issuers = " ".join(one.issuer for one in chain).lower()
    found = _INSPECTOR.search(issuers)
    return next((name for name in _INSPECTORS if found and name.lower() == found[1]), "")


def issued_publicly(chain: Sequence[CertificateFacts], public_names: frozenset[str]) -> bool:
    """Does the chain that was sent lead to a public authority, by its names?"""
    return any(one.issuer in public_names for one in chain)


def host_is_public(host: str) -> bool:
    """Could the host be in the public internet, by its name?"""
    address = literal(host)
    if address is not None:
        return address.is_global
    return not is_loopback(host) and "." in host and not host.endswith(_PRIVATE_NAMES)


def short_name(name: str) -> str:
    """The organisation and common name of a distinguished name (RFC 4514), for people."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        parsed = x509.Name.from_rfc4514_string(name)
    except ValueError:
        return name
    wanted = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    parts = [str(part.value) for oid in wanted for part in parsed.get_attributes_for_oid(oid)]
    return ", ".join(dict.fromkeys(parts)) or name or "nobody"
