"""``[headers]`` and ``[caller]`` of a supplier file: what every request to the endpoint says of who asks.

Source: NHS England API platform, which asks for ``NHSD-Session-URID``, ``NHSD-End-User-Organisation-ODS`` and
``X-Correlation-ID`` by the OpenAPI documents of its APIs; Booking and Referral Standard 1.x, "Authorisation",
for the headers whose value is a FHIR resource as JSON in Base64.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from checker.catalogue.document import Document, advice, step
from checker.errors import SupplierFault
from checker.model.header_template import (
    ENV,
    JSON,
    OF_A_RUN,
    filled,
    has_stray_brace,
    is_of_a_run,
    is_secret,
    placeholders,
)
from checker.model.supplier import HeaderTemplate

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
DOS_SERVICE = "https://fhir.nhs.uk/Id/dos-service-id"
_NEEDS = {
    "ods-code": ("ods-code",),
    "role-id": ("role-id",),
    "organisation": ("ods-code", "organisation-name"),
    "target": ("target-service",),
}
"""Placeholder → the keys of [caller] that it is made of."""
_KNOWN = (*_NEEDS, *OF_A_RUN)
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_OURS = {
    "x-request-id": "The checker sets it itself, anew for each request.",
    "authorization": "An identity does that: see [identity.default].",
    "cookie": "Log in by an identity: no cookies are kept.",
    "user-agent": "The checker says itself who it is.",
}
_PROBES = frozenset(
    {
        *("host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect", "date"),
        *("accept", "accept-encoding", "accept-charset", "content-type", "content-encoding", "prefer", "range"),
        *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-none-exist", "origin"),
        *("proxy-authorization", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
    }
)
"""What HTTP needs, or a test is about: set for all requests alike it would spoil them."""
_SECRET_NAME = re.compile(r"(?i)(api-?key|token|secret|password|subscription-key)$")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def read_headers(document: Document) -> tuple[HeaderTemplate, ...]:
    """The headers, in the order of the file, with what [caller] says filled in. Raises ``SupplierFault``."""
    caller: dict[str, str] = document.data.get("caller", {})
    found: dict[str, HeaderTemplate] = {}
    for name, template in document.data.get("headers", {}).items():
        where = document.where(step("/headers", name))
        _check_name(name, where)
        if name.lower() in found:
            raise SupplierFault(f"the header {name} stands twice", where=where, next_step="Keep one of them.")
        _check_value(name, template, where)

        def value_of(placeholder: str, where: str = where) -> str:
            return _value(placeholder, caller, where)

        found[name.lower()] = HeaderTemplate(name=name, value=filled(template, value_of))
    return tuple(found.values())


def _check_name(name: str, where: str) -> None:
    if not _TOKEN.fullmatch(name):
        what = f"this is not the name of a header: {name[:64]!r}"
        raise SupplierFault(what, where=where, next_step="Write a name like NHSD-Session-URID.")
    if name.lower() in _OURS:
        raise SupplierFault(f"{name} cannot be set here", where=where, next_step=_OURS[name.lower()])
    if name.lower() in _PROBES:
        what = f"{name} cannot be set for all requests: HTTP itself, or a test, says what is in it"
        raise SupplierFault(what, where=where, next_step="Take it out.")


def _check_value(name: str, template: str, where: str) -> None:
    if not template.isascii() or not template.isprintable() or template != template.strip():
        what = f"the value of {name} cannot be sent in a header"
        raise SupplierFault(what, where=where, next_step="Use printable ASCII on one line, without spaces around it.")
    if has_stray_brace(template):
        what = f"a brace in the value of {name} belongs to no placeholder"
        raise SupplierFault(what, where=where, next_step=f"Placeholders are {_listed()}.")
    if _SECRET_NAME.search(name) and not is_secret(template):
        what = f"{name} is a secret by its name, and secrets are never written in this file"
        next_step = f'Name an environment variable: {name} = "{{env:NAME}}".'
        raise SupplierFault(what, where=where, next_step=next_step)
    for placeholder in placeholders(template):
        _check_placeholder(placeholder, where)


def _check_placeholder(placeholder: str, where: str) -> None:
    if placeholder.startswith(ENV) and not _VARIABLE.fullmatch(placeholder.removeprefix(ENV)):
        what = "what follows env: is not the name of an environment variable"
        raise SupplierFault(what, where=where, next_step="Write {env:NAME}, with letters, digits and _.")
    if placeholder == JSON:
        raise SupplierFault("no file follows json:", where=where, next_step="Write {json:device.json}.")
    if placeholder not in _NEEDS and not is_of_a_run(placeholder):
        next_step = f"{advice(placeholder, _NEEDS, 'placeholder')} All are {_listed()}."
        raise SupplierFault(f"no placeholder is called {{{placeholder[:40]}}}", where=where, next_step=next_step)


def _listed() -> str:
    return ", ".join(f"{{{name}}}" for name in _KNOWN)


def _value(placeholder: str, caller: dict[str, str], where: str) -> str:
    if is_of_a_run(placeholder):
        return f"{{{placeholder}}}"
    for key in _NEEDS[placeholder]:
        if key not in caller:
            what = f"{{{placeholder}}} needs {key!r}, and [caller] does not say it"
            raise SupplierFault(what, where=where, next_step=f"Add {key} to [caller].")
    match placeholder:
        case "organisation":
            return _in_base64(_organisation(caller["ods-code"], caller["organisation-name"]))
        case "target":
            system = caller.get("target-system", DOS_SERVICE)
            return _in_base64({"system": system, "value": caller["target-service"]})
        case _:
            return caller[placeholder]


def _organisation(ods_code: str, name: str) -> dict[str, Any]:
    """The Organization of ``NHSD-End-User-Organisation`` (Booking and Referral Standard)."""
    return {"resourceType": "Organization", "identifier": [{"system": ODS, "value": ods_code}], "name": name}


def _in_base64(value: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()).decode("ascii")
