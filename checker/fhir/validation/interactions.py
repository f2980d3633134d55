"""The requests and responses of batches, transactions and histories.

Source: http://hl7.org/fhir/R4/http.html#transaction and http://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

import re
from typing import Any

from checker.fhir.forms.quoted import quoted
from checker.fhir.validation.literal import is_resource_type, relative
from checker.fhir.validation.resolver import BundleIndex, Entry
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_SOURCE = "http://hl7.org/fhir/R4/http.html#trules"
_STATUS = re.compile(r"[1-5][0-9][0-9](?:\s|\Z)")

NO_RESOURCE = rule(
    "bundle-request-resource-missing",
    "warning",
    "required",
    title="A request to create or change a record brings no resource",
    why="The server has nothing to write, and refuses the whole transaction.",
    fix="Put the resource in the entry.",
    source=_SOURCE,
)
UNWANTED_RESOURCE = rule(
    "bundle-request-resource-unwanted",
    "warning",
    "business-rule",
    title="A request that reads or deletes brings a resource",
    why="Servers ignore the resource or refuse the request; what the sender meant stays unclear.",
    fix="Remove the resource, or use the method that was meant.",
    source=_SOURCE,
)
URL = rule(
    "bundle-request-url",
    "warning",
    "invalid",
    title="The url of a request does not fit its method or its resource",
    why="The server writes to the address, or refuses: the record ends up elsewhere or nowhere.",
    fix="POST to Type; PUT to Type/id or Type?query, with the type and id of the resource; DELETE Type/id or "
    "Type?query.",
    source=_SOURCE,
    good='"request": {"method": "PUT", "url": "Patient/12"}, "resource": {"resourceType": "Patient", "id": "12"}',
    bad='"request": {"method": "PUT", "url": "Patient"}, "resource": {"resourceType": "Patient", "id": "12"}',
)
NONE_EXIST = rule(
    "bundle-request-if-none-exist",
    "warning",
    "business-rule",
    title="ifNoneExist stands with a method that does not create",
    why="A conditional create is a POST; with another method the condition is not looked at.",
    fix="Use POST, or remove ifNoneExist.",
    source="http://hl7.org/fhir/R4/http.html#ccreate",
)
STATUS = rule(
    "bundle-response-status",
    "warning",
    "invalid",
    title="The status of a response does not start with an HTTP status code",
    why="Clients read the three digits to learn whether the request was carried out.",
    fix="Start with the code, such as 201 or 201 Created.",
    source="http://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.response.status",
    good='"response": {"status": "201 Created"}',
    bad='"response": {"status": "Created"}',
)


def check(run: Run, index: BundleIndex) -> None:
    """Judge each request and response of a batch, transaction, history, or response to one."""
    asking = index.type in ("batch", "transaction")
    for entry in index.entries:
        response = entry.node.holder.get("response")
        status = response.get("status") if isinstance(response, dict) else None
        if isinstance(status, str) and _STATUS.match(status) is None:
            run.report(
                STATUS,
                entry.node,
                f"The status {quoted(status)} does not start with an HTTP status code",
                below="response.status",
                found=status,
            )
        request = entry.node.holder.get("request")
        if asking and isinstance(request, dict):
            _check_request(run, entry, request)


_WITH_OWN_URLS = ("POST", "PUT", "PATCH", "DELETE")
"""Methods that go to a type or a resource; what is no method at all is said by its binding."""


def _check_request(run: Run, entry: Entry, request: dict[str, Any]) -> None:
    method, url = request.get("method"), request.get("url")
    if not isinstance(method, str) or not isinstance(url, str):
        return
    operation = "$" in url
    if method in ("PUT", "POST", "PATCH") and entry.resource is None and not operation:
        run.report(NO_RESOURCE, entry.node, f"The request is a {method}, and the entry has no resource")
    if method in ("GET", "HEAD", "DELETE") and entry.resource is not None:
        run.report(UNWANTED_RESOURCE, entry.node, f"The request is a {method}, and the entry has a resource")
    if request.get("ifNoneExist") is not None and method != "POST":
        run.report(
            NONE_EXIST, entry.node, f"ifNoneExist stands with {method}", below="request.ifNoneExist", found=method
        )
    problem = None if operation else _url_problem(run, entry, method, url)
    if problem is not None:
        run.report(URL, entry.node, problem, below="request.url", found=url)


def _url_problem(run: Run, entry: Entry, method: str, url: str) -> str | None:
    """Why the url does not fit, in words; None when it does, or when it can't be said."""
    path, mark, _ = url.partition("?")
    if "://" in path or path.startswith("/") or method not in _WITH_OWN_URLS:
        return None
    parts = relative(path)
    name = parts.type if parts is not None else path
    if not is_resource_type(name, run.tree.types):
        return None if mark and not path else f"{url} does not start with a resource type"
    kind = entry.type if method in ("POST", "PUT") else None
    if kind and kind != name:
        return f"{method} {url} brings a resource of type {kind}"
    if method == "POST":
        return None if parts is None else f"POST goes to a type, not to {url}"
    if parts is None and not mark:
        return f"{method} {url} says neither an id nor a search"
    if method == "PUT" and parts is not None and entry.resource is not None and entry.id != parts.id:
        return f"PUT {url} brings a resource with the id {entry.id or '(none)'}"
    return None
