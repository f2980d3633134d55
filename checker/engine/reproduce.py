"""The command that repeats an HTTP finding: for sh and for PowerShell, secrets as variables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import msgspec

from checker.engine.evidence_view import JudgingView
from checker.model.asked import IN_QUERY
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.exchange import HttpExchange, Request
from checker.model.supplier import IdentityRef, Supplier
from checker.model.verdict import Finding

_NUMBER = re.compile(r"(nhs-number(?:%7C|\|))[0-9][0-9 +%]{9,}", re.IGNORECASE)
"""An NHS number behind its system, with what may stand between the groups."""
_PERSONAL = re.compile(r"(?<![A-Za-z-])(family|given|birthdate)=[^&#]*")
_NOBODY = IdentityRef(name="", kind="none")


def with_commands(finding: Finding, view: JudgingView) -> Finding:
    """The finding with commands that repeat its first HTTP exchange, if it has one."""
    for name in finding.evidence:
        evidence = view.evidence_of(name)
        if evidence is not None and evidence.kind == HTTP_EXCHANGE:
            payload = evidence.read()
            if isinstance(payload, HttpExchange):
                return msgspec.structs.replace(finding, reproduce=commands(payload.request, view.supplier))
    return finding


def commands(request: Request, supplier: Supplier) -> dict[str, str]:
    """Shell → command. A credential is a variable or a file, named so that its kind is clear."""
    identity = next((one for one in supplier.identities if one.name == request.identity), _NOBODY)
    return {
        "sh": _command("curl", request, identity, shlex.quote, lambda name: f"${name}"),
        "powershell": _command("curl.exe", request, identity, _quote_powershell, lambda name: f"$env:{name}"),
    }


def _command(
    program: str,
    request: Request,
    identity: IdentityRef,
    quote: Callable[[str], str],
    variable: Callable[[str], str],
) -> str:
    parts = [program, "-i"]
    if request.method != "GET":
        parts += ["-X", request.method]
    parts += [part for name, value in request.headers for part in ("-H", quote(f"{name}: {value}"))]
    parts += _credential(request, identity, variable)
    if request.body:
        parts += ["--data-binary", quote(_nameless(request.body.decode("utf-8", "replace")))]
    return " ".join([*parts, quote(_nameless(request.url))])


def _nameless(text: str) -> str:
    """Criteria of a search without what they say of a person: whoever repeats it puts a number or a name in."""
    text = _NUMBER.sub(r"\1NHS-NUMBER", text)
    return _PERSONAL.sub(lambda found: f"{found[1]}={found[1].upper()}", text) if "family=" in text else text


def _credential(request: Request, identity: IdentityRef, variable: Callable[[str], str]) -> list[str]:
    """How curl is given what the request carried; nothing when it carried nothing."""
    altered = "ALTERED_" if request.alteration else ""
    if identity.kind == "api-key":
        return ["-H", f'"{identity.header}: {variable(altered + "API_KEY")}"']
    if identity.kind == "client-certificate":
        return ["--cert", "client.pem", "--key", "client.key"]
    if identity.kind == "none":
        return []
    if request.alteration == IN_QUERY:
        return ["-G", "--data-urlencode", f'"access_token={variable("TOKEN")}"']
    return ["-H", f'"Authorization: Bearer {variable(altered + "TOKEN")}"']


def _quote_powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
