"""The command that repeats an HTTP finding: for sh and for PowerShell, secrets as variables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import msgspec

from checker.engine.evidence_view import JudgingView
from checker.model.asked import BASIC_INSTEAD, IN_FORM, IN_QUERY, SHOWING
from checker.model.asked_oauth import AS_CLIENT, ASSERTION_TYPE, BY_GET, LEFT_OUT_PROOF, REFRESH, WRONG_SECRET
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.exchange import LEFT_OUT, HttpExchange, Request, first_header
from checker.model.header_template import ENV, filled, is_secret, placeholders
from checker.model.supplier import IdentityRef, Supplier
from checker.model.verdict import Finding

_NUMBER = re.compile(r"(nhs-number(?:%7C|\||\"\s*,\s*\"value\"\s*:\s*\"))[0-9][0-9 +%]{9,}", re.IGNORECASE)
"""An NHS number behind its system, in a search or in JSON, with what may stand between the groups."""
_PERSONAL = re.compile(r"(?<![A-Za-z-])(family|given|name|birthdate)=([^&#]*)")
_NOBODYS = re.compile(r"(?:[a-z]{2})?(?:1800|1900|9990)(?:-[0-9]{2}){0,2}|not-a-date|Zqxvnoone")
"""Values that probes ask for and that are nobody's: a command that repeats a finding keeps them."""
_PLAIN = re.compile(r"[A-Za-z0-9 .:=/_-]*")
"""Text that means itself between double quotes, in sh and in PowerShell."""
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]+")
_CLAIMS = {
    "in-header": "Client-Cert",
    "in-nginx-headers": "ssl-client-cert",
    "in-apache-headers": "X-SSL-Client-Cert",
    "in-cloud-headers": "X-Forwarded-Client-Cert",
}
"""Of the headers that are sent together, one that stands for them."""
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
    return {
        "sh": _command("curl", request, supplier, shlex.quote, lambda name: f"${name}"),
        "powershell": _command("curl.exe", request, supplier, _quote_powershell, lambda name: f"$env:{name}"),
    }


def _command(
    program: str,
    request: Request,
    supplier: Supplier,
    quote: Callable[[str], str],
    variable: Callable[[str], str],
) -> str:
    identity = next((one for one in supplier.identities if one.name == request.identity), _NOBODY)
    parts = [program, "-i"]
    if request.alteration == BY_GET:
        parts.append("-G")
    elif request.method != "GET":
        parts += ["-X", request.method]
    own = [(name, value) for name, value in request.headers if value != LEFT_OUT]
    parts += [part for name, value in own for part in ("-H", quote(f"{name}: {value}"))]
    parts += _of_the_caller(request, supplier, quote, variable)
    is_by_client = request.alteration.startswith((AS_CLIENT, REFRESH))
    parts += (_proof if is_by_client else _credential)(request, identity, variable)
    if request.body:
        parts += ["--data-binary", quote(_nameless(request.body.decode("utf-8", "replace")))]
    return " ".join([*parts, quote(_nameless(request.url))])


def _of_the_caller(
    request: Request, supplier: Supplier, quote: Callable[[str], str], variable: Callable[[str], str]
) -> list[str]:
    """The headers that every request to the endpoint has; what differs from run to run, and secrets, as variables."""
    if not request.url.startswith(f"{supplier.base_url}/"):
        return []
    parts: list[str] = []
    for one in supplier.headers:
        secret = is_secret(one.value) and not request.identity
        if secret or first_header(request.headers, one.name) is not None:
            continue
        if not placeholders(one.value):
            parts += ["-H", quote(f"{one.name}: {one.value}")]
            continue
        plain = bool(_PLAIN.fullmatch(filled(one.value, lambda name: "")))
        value = filled(one.value, lambda name: variable(_variable(name))) if plain else variable(_variable(one.name))
        parts += ["-H", f'"{one.name}: {value}"']
    return parts


def _variable(placeholder: str) -> str:
    """A variable for a placeholder: the one it names, or one that is named after it."""
    if placeholder.startswith(ENV):
        return placeholder.removeprefix(ENV)
    return _NOT_IN_A_NAME.sub("_", placeholder).upper()


def _nameless(text: str) -> str:
    """Criteria of a search without what they say of a person: whoever repeats it puts a number or a name in."""
    text = _NUMBER.sub(r"\1NHS-NUMBER", text)
    kept = "family=" not in text
    return _PERSONAL.sub(
        lambda found: found[0] if kept and _NOBODYS.fullmatch(found[2]) else f"{found[1]}={found[1].upper()}", text
    )


def _credential(request: Request, identity: IdentityRef, variable: Callable[[str], str]) -> list[str]:
    """How curl is given what the request carried; nothing when it carried nothing."""
    shown = _shown(request, identity, variable)
    altered = "ALTERED_" if request.alteration and not request.alteration.startswith(SHOWING) else ""
    if identity.kind == "api-key":
        return ["-H", f'"{identity.header}: {variable(altered + "API_KEY")}"', *shown]
    if identity.kind in ("client-certificate", "none"):
        return shown
    return [*_token(request, altered, variable), *shown]


def _token(request: Request, altered: str, variable: Callable[[str], str]) -> list[str]:
    if request.alteration == BASIC_INSTEAD:
        return ["-u", f'"{variable("CLIENT_ID")}:{variable("CLIENT_SECRET")}"']
    if request.alteration in (IN_QUERY, IN_FORM):
        place = ["-G"] if request.alteration == IN_QUERY else []
        return [*place, "--data-urlencode", f'"access_token={variable("TOKEN")}"']
    return ["-H", f'"Authorization: Bearer {variable(altered + "TOKEN")}"']


def _proof(request: Request, identity: IdentityRef, variable: Callable[[str], str]) -> list[str]:
    """How a client proves itself to its authorisation server; an assertion has to be signed anew each time."""
    if request.alteration == LEFT_OUT_PROOF:
        return []
    if request.alteration.startswith(REFRESH):
        return ["--data-urlencode", f'"refresh_token={variable("REFRESH_TOKEN")}"']
    if identity.kind == "client-credentials":
        wrong = "WRONG_" if request.alteration == WRONG_SECRET else ""
        return ["-u", f'"{variable("CLIENT_ID")}:{variable(f"{wrong}CLIENT_SECRET")}"']
    fault = "" if request.alteration == BY_GET else request.alteration.partition(":")[2]
    name = _variable(f"ASSERTION-{fault}" if fault else "ASSERTION")
    return [
        *("--data-urlencode", f'"client_assertion_type={ASSERTION_TYPE}"'),
        *("--data-urlencode", f'"client_assertion={variable(name)}"'),
    ]


def _shown(request: Request, identity: IdentityRef, variable: Callable[[str], str]) -> list[str]:
    """The client certificate of the connection, or the header that claims one."""
    change = request.alteration.removeprefix(SHOWING) if request.alteration.startswith(SHOWING) else ""
    if change in _CLAIMS:
        return ["-H", f'"{_CLAIMS[change]}: {variable("CLAIMED_CERTIFICATE")}"']
    if change.startswith("none") or not (change or identity.certificate or identity.kind == "client-certificate"):
        return []
    name = "client" if change in ("", "shown") else change
    return ["--cert", f"{name}.pem", "--key", f"{name}.key"]


def _quote_powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
