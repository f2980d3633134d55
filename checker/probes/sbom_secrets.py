"""What should stand in no bill of materials: keys, tokens, passwords in addresses, hosts that only insiders reach.

A finding names a kind and a place, and never the text. Public names and addresses of authors are no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

_MOST = 20
_KINDS = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----")),
    ("an access key of a cloud", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a token of a code host", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20})")),
    ("a signed token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,}")),
    ("a password in an address", re.compile(r"://[^/\s:@\"]{1,200}:[^/\s@\"]{1,200}@")),
    (
        "a token in an address",
        re.compile(r"[?&](?:access_token|token|api_?key|password|secret|sig)=[^&\s\"]{8,}", re.IGNORECASE),
    ),
)
_HOST = re.compile(r"://(?:[^/\s@\"]{1,200}@)?(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})")
_INSIDE = (".local", ".internal", ".intranet", ".lan", ".corp", ".localdomain", ".home.arpa")
_PLACEHOLDERS = re.compile(r"\$\{|<[a-z]|\bx{4,}\b|\*{3,}", re.IGNORECASE)


def secrets_in(found: Any) -> list[dict[str, str]]:
    """``kind`` and ``place`` (a JSON pointer) of the first of them."""
    said: list[dict[str, str]] = []
    for place, text in _texts(found, ""):
        said += [{"kind": kind, "place": place} for kind in kinds_in(text)]
        if len(said) >= _MOST:
            break
    return said[:_MOST]


def kinds_in(text: str) -> list[str]:
    """What a text holds of the kind that should not be there.

    >>> kinds_in("https://build:hunter2@repo.example/x"), kinds_in("https://repo.example/x")
    (['a password in an address'], [])
    >>> kinds_in("https://nexus.corp.internal/x"), kinds_in("https://${user}:${password}@repo.example/x")
    (['a host that only insiders reach'], [])
    """
    found = [kind for kind, pattern in _KINDS if _real(pattern, text)]
    if any(_is_inside(host) for host in _HOST.findall(text)):
        found.append("a host that only insiders reach")
    return found


def _real(pattern: re.Pattern[str], text: str) -> bool:
    return any(not _PLACEHOLDERS.search(hit.group()) for hit in pattern.finditer(text))


def _is_inside(host: str) -> bool:
    name = host.strip("[]").rstrip(".").lower()
    try:
        address = ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(_INSIDE)
    return address.is_private or address.is_loopback or address.is_link_local


def _texts(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, dict):
        for name, one in node.items():
            yield from _texts(one, f"{place}/{str(name)[:60]}")
    elif isinstance(node, list):
        for number, one in enumerate(node):
            yield from _texts(one, f"{place}/{number}")
