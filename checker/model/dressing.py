"""What an API wants of every request: headers of its own, and a parameter in Accept.

Pure: the same request gets the same headers.
"""

from __future__ import annotations

import base64
import re
import uuid

import msgspec

from checker.model.exchange import Headers, Request
from checker.model.requirement import HeaderRule, Settings
from checker.model.supplier import Supplier
from checker.model.value import canonical

_PLACE = re.compile(r"\{([a-z][a-z0-9-]{0,63})\}")
_NAMESPACE = uuid.UUID("5a9a1c1e-8f0b-5c4e-9d3a-2f6b7c8d9e0f")


def filled(text: str, supplier: Supplier) -> str | None:
    """The text with each ``{name}`` replaced by what the supplier's file knows under it; None if one is not known."""
    names = _PLACE.findall(text)
    found = {name: supplier.known_value(name) for name in names}
    if any(value is None for value in found.values()):
        return None
    return _PLACE.sub(lambda match: found[match.group(1)] or "", text)


def unknown_names(text: str, supplier: Supplier) -> tuple[str, ...]:
    """The names in the text that the supplier's file does not know."""
    return tuple(dict.fromkeys(name for name in _PLACE.findall(text) if supplier.known_value(name) is None))


def dressed(request: Request, supplier: Supplier, settings: Settings, like: Request | None = None) -> Request:
    """The request with what the settings of the profile ask of it.

    Only requests to the FHIR base. A header that the request has is left as it is; one that it has with an empty
    value is taken off: so a probe leaves out a header that is wanted. ``like``: the control of a mutant, which gets
    the headers that the control gets, so that the two differ in nothing else.
    """
    if not settings.request_headers and not settings.accept_parameter:
        return request
    base = supplier.base_url
    if not base or not (request.url == base or request.url.startswith((f"{base}/", f"{base}?"))):
        return request
    model = like or request
    path = model.url[len(base) :].partition("?")[0].strip("/")
    headers = list(request.headers)
    had = {name.lower() for name, _ in headers}
    for rule in settings.request_headers:
        if rule.name.lower() in had or not _is_for(rule, model.method, path):
            continue
        value = _value(rule, model, supplier)
        if value is not None:
            headers.append((rule.name, value))
            had.add(rule.name.lower())
    parameter = filled(settings.accept_parameter, supplier) or ""
    kept: Headers = tuple((name, _accept(name, value, parameter)) for name, value in headers if value)
    return msgspec.structs.replace(request, headers=kept)


def _is_for(rule: HeaderRule, method: str, path: str) -> bool:
    if rule.method and rule.method != method:
        return False
    if not rule.path:
        return True
    wanted, found = rule.path.split("/"), path.split("/")
    return len(wanted) == len(found) and all(one in ("*", other) for one, other in zip(wanted, found, strict=True))


def _value(rule: HeaderRule, request: Request, supplier: Supplier) -> str | None:
    own = uuid.uuid5(_NAMESPACE, canonical((rule.name, request.method, request.url, request.body)).hex())
    text = filled(rule.value.replace("{uuid}", str(own)), supplier)
    if text is None:
        return None
    return base64.b64encode(text.encode()).decode() if rule.encode == "base64" else text


def _accept(name: str, value: str, parameter: str) -> str:
    """Accept with the parameter, where it asks for FHIR and says nothing more."""
    if name.lower() != "accept" or not parameter or value not in ("application/fhir+json", "application/fhir+xml"):
        return value
    return f"{value}; {parameter}"
