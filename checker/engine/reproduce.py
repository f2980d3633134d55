"""The command that repeats an HTTP finding: for sh and for PowerShell, secrets as variables."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import msgspec

from checker.engine.evidence_view import JudgingView
from checker.model.asked import IN_QUERY
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.exchange import HttpExchange, Request
from checker.model.supplier import IdentityRef, Supplier
from checker.model.verdict import Finding

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
        parts += ["--data-binary", quote(request.body.decode("utf-8", "replace"))]
    return " ".join([*parts, quote(request.url)])


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
