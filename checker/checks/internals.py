"""What an error must not show, as patterns: the traces of well-known platforms. Source: OWASP ASVS 5.0.0, 16.5.1.

Few and sure: each takes the punctuation that only a machine writes. That an error speaks of
``Patient.name[0]``, of a class of FHIR or of a URL of the interface is fine.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import Any

from checker.checks.passive import host_of

LOOKED_AT = 50_000
"""So many characters of a body are looked at: an error is short, or it is none."""
_CODE = (
    r"(?:java|kt|py|js|ts|mjs|php|rb|cs|vb|go|rs|jar|war|dll|so|cls|mac|sql|xml|ya?ml|properties|conf|ini|log|pem|key)"
)
PATTERNS = {
    "a stack frame of Java": re.compile(r"[\w$.<>]{3,200}\([\w$]{1,80}\.(?:java|kt|scala|groovy):\d+\)"),
    "a traceback of Python": re.compile(r"Traceback \(most recent call last\)|File \"[^\"\n]{1,300}\", line \d+, in "),
    "a stack frame of .NET": re.compile(
        r"\bat [\w.<>`\[\],+|]{3,200}\([^()\n]{0,300}\)"
        r"(?: in [^\n]{1,300}:line \d+|[ \t\r]*\n\s*at [\w.<>`\[\],+|]{3,200}\([^()\n]{0,300}\))"
    ),
    "a stack frame of Node": re.compile(r"\bat [^\n]{0,200}?(?:\.[cm]?[jt]s|\bnode:[\w/]{1,100}):\d+:\d+"),
    "an error of PHP": re.compile(r"\bin \S{1,300}\.php(?:\(\d+\)|:\d+| on line \d+)"),
    "a stack frame of Ruby": re.compile(r"\S{1,300}\.rb:\d+:in [`']"),
    "a trace of Go": re.compile(r"\bgoroutine \d+ \[\w+\]:"),
    "an error of IRIS": re.compile(r"<[A-Z ]{4,40}>[%\w]{1,80}\+\d+\^[%\w.]{2,200}"),
    "an error of Oracle": re.compile(r"\b(?:ORA|PLS)-\d{5}\b"),
    "an SQL state": re.compile(r"\bSQLSTATE\b\W{0,3}[0-9A-Z]{5}\b"),
    "an error of a database": re.compile(
        r"\b(?:relation|column) \"[^\"\n]{1,120}\" does not exist\b"
        r"|\bYou have an error in your SQL syntax\b|\bUnclosed quotation mark after the character string\b"
        r"|\bsyntax error at or near \""
    ),
    "a statement of SQL": re.compile(
        r"\bselect\s[^;\n]{1,500}?\sfrom\s[^;\n]{1,200}?\swhere\s[^;\n]{0,100}?(?:\w\s?(?:=|<>|>=|<=)\s?[?':\w]|\slike\s'|\sin\s?\()",
        re.IGNORECASE,
    ),
    "the address of a database": re.compile(
        r"\bjdbc:[a-z]+:\S|\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?)://\S"
    ),
    "the path of a file": re.compile(
        rf"(?<![\w/:.-])/(?:usr|var|home|opt|srv|etc|root)/(?:[\w.@+-]+/){{0,20}}[\w@+-]{{1,120}}\.{_CODE}\b"
        rf"|\b[A-Za-z]:\\(?:[^\\/:*?\"<>|\r\n]{{1,120}}\\){{1,20}}[^\\/:*?\"<>|\r\n]{{1,120}}\.{_CODE}\b"
    ),
}
"""What it is, and how it is known."""
_INSIDE = re.compile(
    r"\b[a-z][a-z0-9+]{1,15}://(?P<host>10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}"
    r"|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:internal|local|localdomain|corp|lan|svc))\b",
    re.IGNORECASE,
)
INTERNAL_HOST = "the address of an internal host"


def shown(body: bytes, value: Any, *, base_url: str) -> Counter[str]:
    """Which patterns an error shows, and how often. ``value`` is the parsed JSON, None when it is none."""
    text = _text(body, value)
    found = Counter({name: count for name, pattern in PATTERNS.items() if (count := len(pattern.findall(text)))})
    own = host_of(base_url)
    inside = [match for match in _INSIDE.finditer(text) if match["host"].lower() != own]
    if inside:
        found[INTERNAL_HOST] = len(inside)
    return found


def _text(body: bytes, value: Any) -> str:
    """What a person would read: the strings of JSON without their escapes, HTML without its entities."""
    if value is None:
        return html.unescape(body[: LOOKED_AT * 2].decode("utf-8", "replace"))[:LOOKED_AT]
    kept: list[str] = []
    length, queue = 0, [value]
    while queue and length < LOOKED_AT:
        one = queue.pop()
        if isinstance(one, str):
            kept.append(one[:LOOKED_AT])
            length += len(one)
        elif isinstance(one, dict):
            queue += [*reversed(one.values())]
        elif isinstance(one, list):
            queue += reversed(one)
    return "\n".join(kept)[:LOOKED_AT]
