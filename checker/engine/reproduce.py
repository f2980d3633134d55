"""The command that repeats an HTTP finding: for sh and for PowerShell, secrets as variables."""

from __future__ import annotations

import shlex

import msgspec

from checker.engine.evidence_view import JudgingView
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.exchange import HttpExchange, Request
from checker.model.verdict import Finding

_TOKEN = "Authorization: Bearer "  # noqa: S105 - a header name, not a secret


def with_commands(finding: Finding, view: JudgingView) -> Finding:
    """The finding with commands that repeat its first HTTP exchange, if it has one."""
    for name in finding.evidence:
        evidence = view.evidence_of(name)
        if evidence is not None and evidence.kind == HTTP_EXCHANGE:
            payload = evidence.read()
            if isinstance(payload, HttpExchange):
                return msgspec.structs.replace(finding, reproduce=commands(payload.request))
    return finding


def commands(request: Request) -> dict[str, str]:
    """Shell → command. A credential is a variable, named so that its kind is clear."""
    return {"sh": _sh(request), "powershell": _powershell(request)}


def _variable(request: Request) -> str:
    if not request.identity:
        return ""
    return "ALTERED_TOKEN" if request.alteration else "TOKEN"


def _sh(request: Request) -> str:
    parts = ["curl", "-i"]
    if request.method != "GET":
        parts += ["-X", request.method]
    parts += [part for name, value in request.headers for part in ("-H", shlex.quote(f"{name}: {value}"))]
    if _variable(request):
        parts += ["-H", f'"{_TOKEN}${_variable(request)}"']
    if request.body:
        parts += ["--data-binary", shlex.quote(request.body.decode("utf-8", "replace"))]
    return " ".join([*parts, shlex.quote(request.url)])


def _quote_powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _powershell(request: Request) -> str:
    parts = ["curl.exe", "-i"]
    if request.method != "GET":
        parts += ["-X", request.method]
    parts += [part for name, value in request.headers for part in ("-H", _quote_powershell(f"{name}: {value}"))]
    if _variable(request):
        parts += ["-H", f'"{_TOKEN}$env:{_variable(request)}"']
    if request.body:
        parts += ["--data-binary", _quote_powershell(request.body.decode("utf-8", "replace"))]
    return " ".join([*parts, _quote_powershell(request.url)])
