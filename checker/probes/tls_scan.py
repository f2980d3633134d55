"""A TLS scan that was made with another tool: the JSON of sslyze (``--json_out``) or of testssl.sh, flat or pretty.

The user runs the tool; only its file is read. What is kept is what this tool has an opinion of as well: versions,
suites, a few properties, and the three weaknesses that take more than looking. Nothing of the rest is believed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.tls import SSL_3_0, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3, VERSION_NAMES
from checker.model.value import NoParams

KIND = "tls-scan"
_MOST_BYTES = 16 * 1024 * 1024
_MOST_SERVERS = 50
_SSLYZE = {
    "ssl_3_0": SSL_3_0,
    "tls_1_0": TLS_1_0,
    "tls_1_1": TLS_1_1,
    "tls_1_2": TLS_1_2,
    "tls_1_3": TLS_1_3,
}
_TESTSSL = {"SSLv3": SSL_3_0, "TLS1": TLS_1_0, "TLS1_1": TLS_1_1, "TLS1_2": TLS_1_2, "TLS1_3": TLS_1_3}
_PROPERTIES = {
    "compression": ("tls_compression", "supports_compression"),
    "secure renegotiation": ("session_renegotiation", "supports_secure_renegotiation"),
    "extended master secret": ("tls_extended_master_secret", "supports_ems_extension"),
    "Heartbleed": ("heartbleed", "is_vulnerable_to_heartbleed"),
    "CCS injection": ("openssl_ccs_injection", "is_vulnerable_to_ccs_injection"),
}
"""What is kept → where sslyze says it: true or false."""
_SAID = {
    "CRIME_TLS": "compression",
    "secure_renego": "secure renegotiation",
    "heartbleed": "Heartbleed",
    "CCS": "CCS injection",
    "ROBOT": "ROBOT",
}
"""The same of testssl.sh."""
_CIPHER = re.compile(r"cipher-(ssl3|tls1|tls1_1|tls1_2|tls1_3)_x[0-9a-f]{2,6}")
_NAME = re.compile(r"(?:TLS|SSL)_[A-Za-z0-9_]{3,80}")
Facts = dict[str, Any]


class TlsScan:
    """Reads one such file."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._bytes = 0
        self._files = 0

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._bytes += len(chunk)
        if self._bytes <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        self._files += 1

    def facts(self) -> Facts:
        """``fault``: why nothing could be read; else ``tool``, ``version``, ``at`` and ``servers``.

        Each server has ``names``, ``port``, ``versions`` (name → is it spoken), ``suites`` (version → names) and
        ``properties`` (name → yes or no).
        """
        if self._files != 1:
            return {"fault": f"it is one file, and there are {self._files}"}
        if self._bytes > _MOST_BYTES:
            return {"fault": f"it is longer than {_MOST_BYTES} bytes"}
        try:
            found = msgspec.json.decode(bytes(self._held))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return {"fault": "it is no JSON; sslyze writes it with --json_out, testssl.sh with --jsonfile"}
        return _facts(found)


def _facts(found: Any) -> Facts:
    if isinstance(found, dict) and isinstance(found.get("server_scan_results"), list):
        return _of_sslyze(found)
    if isinstance(found, dict) and isinstance(found.get("scanResult"), list):
        return _of_pretty(found)
    if isinstance(found, list) and found and all(isinstance(one, dict) and "id" in one for one in found):
        return _of_flat(found)
    return {"fault": "it is JSON, and neither of sslyze (6) nor of testssl.sh (3)"}


def _of_sslyze(found: Facts) -> Facts:
    servers = []
    for one in found["server_scan_results"][:_MOST_SERVERS]:
        place, result = _dict(_dict(one).get("server_location")), _dict(_dict(one).get("scan_result"))
        versions: dict[str, bool] = {}
        suites: dict[str, list[str]] = {}
        for key, number in _SSLYZE.items():
            said = _result(result, f"{key}_cipher_suites")
            accepted = said.get("accepted_cipher_suites")
            if not isinstance(accepted, list):
                continue
            found_names = {_text(_dict(_dict(each).get("cipher_suite")).get("name")) for each in accepted}
            versions[VERSION_NAMES[number]] = bool(accepted)
            suites[VERSION_NAMES[number]] = sorted(name for name in found_names if _NAME.fullmatch(name))
        properties = {
            name: value
            for name, (command, member) in _PROPERTIES.items()
            if isinstance(value := _result(result, command).get(member), bool)
        }
        robot = _text(_result(result, "robot").get("robot_result"))
        if robot.startswith(("VULNERABLE", "NOT_VULNERABLE")):
            properties["ROBOT"] = robot.startswith("VULNERABLE")
        names = [_text(place.get("hostname")), _text(place.get("ip_address"))]
        servers.append(_server(names, place.get("port"), versions, suites, properties))
    return {
        "tool": "sslyze",
        "version": _text(found.get("sslyze_version"))[:40],
        "at": _moment(found.get("date_scans_completed")),
        "servers": servers,
    }


def _result(result: Facts, command: str) -> Facts:
    """What a command of sslyze found; nothing where it did not come to its end."""
    attempt = _dict(result.get(command))
    return _dict(attempt.get("result")) if attempt.get("status", "COMPLETED") == "COMPLETED" else {}


def _of_pretty(found: Facts) -> Facts:
    servers = []
    for one in found["scanResult"][:_MOST_SERVERS]:
        told = [item for section in _dict(one).values() if isinstance(section, list) for item in section if _dict(item)]
        names = [_text(_dict(one).get("targetHost")), _text(_dict(one).get("ip"))]
        servers.append(_told(names, _dict(one).get("port"), told))
    return {
        "tool": "testssl.sh",
        "version": _text(found.get("version")).partition(" ")[0][:40],
        "at": _moment(found.get("startTime")),
        "servers": servers,
    }


def _of_flat(found: list[Facts]) -> Facts:
    groups: dict[tuple[str, str], list[Facts]] = {}
    for one in found:
        place = (_text(one.get("ip")), _text(one.get("port")))
        if place[0] and (place in groups or len(groups) < _MOST_SERVERS):
            groups.setdefault(place, []).append(one)
    servers = [_told(list(ip.partition("/")[::2]), port, told) for (ip, port), told in groups.items()]
    return {"tool": "testssl.sh", "version": "", "at": "", "servers": servers}


def _told(names: list[str], port: Any, told: list[Facts]) -> Facts:
    """One server by the lines of testssl.sh, each with ``id`` and ``finding``."""
    versions: dict[str, bool] = {}
    suites: dict[str, list[str]] = {}
    properties: dict[str, bool] = {}
    for one in told:
        id, finding = _text(one.get("id")), _text(one.get("finding")).strip()
        cipher = _CIPHER.fullmatch(id)
        if id in _TESTSSL and finding.startswith(("offered", "not offered")):
            versions[VERSION_NAMES[_TESTSSL[id]]] = finding.startswith("offered")
        elif cipher is not None and finding and _NAME.fullmatch(finding.split()[-1]):
            key = cipher.group(1).replace("ssl3", "SSLv3").replace("tls", "TLS")
            suites.setdefault(VERSION_NAMES[_TESTSSL[key]], []).append(finding.split()[-1])
        elif id in _SAID and (said := _yes_or_no(id, finding)) is not None:
            properties[_SAID[id]] = said
    return _server(names, port, versions, {name: sorted(set(one)) for name, one in suites.items()}, properties)


def _yes_or_no(id: str, finding: str) -> bool | None:
    """Is it there: a weakness, or what guards against one? None where the line does not say."""
    text = finding.lower()
    if id == "secure_renego":
        return True if text.startswith("supported") else False if text.startswith(("not", "vuln")) else None
    return False if text.startswith("not vulnerable") else True if text.startswith("vulnerable") else None


def _server(names: list[str], port: Any, versions: Facts, suites: Facts, properties: Facts) -> Facts:
    return {
        "names": [name.lower()[:253] for name in names if name],
        "port": int(text) if (text := str(port)).isascii() and text.isdigit() and len(text) < 6 else 0,
        "versions": versions,
        "suites": suites,
        "properties": properties,
    }


def _moment(value: Any) -> str:
    """A time as ISO 8601 in UTC: from that form, or from seconds since 1970; "" where it is neither."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    try:
        found = datetime.fromtimestamp(int(text), UTC) if text.isdigit() else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return ""
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")


def _dict(value: Any) -> Facts:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


@probe("tls.scan", "1", params=NoParams, budget=lambda p: Budget(artefacts=4), safety=Safety.S0)
async def scan(s: Session, p: NoParams) -> None:
    """Read the scans that were handed over."""
    if s.supplier.artefacts_of(KIND):
        await s.artefacts(KIND, KIND, KIND)
