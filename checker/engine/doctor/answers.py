"""Steps 11 and 12: the statement of what the server can do, and one read. Statuses only, never data."""

from __future__ import annotations

from typing import Any

from checker.engine.doctor.observed import Asked, Observed
from checker.engine.doctor.step import State, Step, not_needed, not_tried, shown
from checker.fhir import bundle
from checker.model.exchange import Failure
from checker.model.view import Exchange

_FAILURES = {
    "dns": "Check the name in the URL.",
    "refused": "Nothing listens there: check host and port of the URL.",
    "connect-timeout": "A firewall drops it, or the system is down.",
    "read-timeout": "The system took the request and said nothing: is it starting, or overloaded? See --timeout.",
    "deadline": "The answer was not complete in time: is the system overloaded? See --timeout.",
    "tls": "Give the root of its authority with --ca-bundle, or use --trust system.",
    "closed": "The connection was closed without an answer: ask the supplier what stands before the system.",
    "protocol": "What came back is not HTTP: check the port.",
    "proxy": "See --proxy.",
    "host-not-allowed": "If that is a page where people log in, the base URL is one for people: look for that of the "
    "API. If it is a host of the supplier's system, add it to authority.hosts in supplier.toml.",
    "live-data": "Use synthetic patients, or see authority in supplier.toml.",
}


def failed(name: str, failure: Failure, what: str, o: Observed) -> Step:
    """A request without an answer that can be used."""
    advice = _FAILURES.get(failure.cause, "")
    if o.proxied and failure.cause in ("dns", "refused", "connect-timeout", "closed"):
        advice = "It was the proxy that did not answer, or hung up: check --proxy."
    if failure.cause == "tls" and "alert" in failure.message:
        advice = "The server wants a client certificate, or another one: see kind client-certificate in supplier.toml."
    return Step(
        name=name,
        state=State.TROUBLE,
        seen=(f"{what}: {shown(failure.message, 300)}",),
        next=advice,
    )


def metadata(o: Observed) -> Step:
    """GET [base]/metadata: a CapabilityStatement."""
    if not o.base_url:
        return not_needed("metadata", "no base URL: only files are judged")
    if o.metadata is None:
        return not_tried("metadata", o.in_the_way)
    exchange = o.metadata.exchange
    if exchange.failure is not None:
        return failed("metadata", exchange.failure, "GET metadata", o)
    seen = [_answer("GET metadata", o.metadata)]
    statement = exchange.json().value
    kind = statement.get("resourceType") if isinstance(statement, dict) else None
    if not exchange.ok:
        return Step(name="metadata", state=State.TROUBLE, seen=tuple(seen), next=_refused(exchange, o, "metadata"))
    if kind != "CapabilityStatement":
        seen.append(_no_resource(exchange, kind))
        advice = _not_meant(kind, "a CapabilityStatement", o)
        return Step(name="metadata", state=State.TROUBLE, seen=tuple(seen), next=advice)
    version, advice = statement.get("fhirVersion"), ""
    seen.append(
        f"FHIR version {shown(version, 20) if isinstance(version, str) else 'not stated'}{_software(statement)}"
    )
    if isinstance(version, str) and not version.startswith("4.0"):
        advice = "The profiles here are for FHIR R4 (4.0.1): is there a base URL for R4?"
    return Step(name="metadata", state=State.WORKS, seen=tuple(seen), next=advice)


def read(o: Observed) -> Step:
    """One patient found and read: what every other test begins with."""
    if not o.base_url:
        return not_needed("read", "no base URL: only files are judged")
    if o.search is None:
        return not_tried("read", _why_not(o))
    search = o.search.exchange
    if search.failure is not None:
        return failed("read", search.failure, "search for a Patient", o)
    seen = [_answer("search for a Patient", o.search)]
    if not search.ok:
        return Step(name="read", state=State.TROUBLE, seen=tuple(seen), next=_refused(search, o, "search"))
    found = search.json().value
    kind = found.get("resourceType") if isinstance(found, dict) else None
    if kind != "Bundle":
        seen.append(_no_resource(search, kind))
        return Step(name="read", state=State.TROUBLE, seen=tuple(seen), next=_not_meant(kind, "a Bundle", o))
    if o.read is None:
        entries = sum(1 for _ in bundle.matches(found, "Patient"))
        seen.append("the Bundle holds no Patient" if not entries else "the Patient in the Bundle has no id to read")
        advice = "Load at least one synthetic patient, and let this credential see it: most tests begin with one."
        return Step(name="read", state=State.TROUBLE, seen=tuple(seen), next=advice)
    exchange = o.read.exchange
    if exchange.failure is not None:
        return failed("read", exchange.failure, "read of that Patient", o)
    seen.append(_answer("read of that Patient (its id is not shown)", o.read, places=False))
    body = exchange.json().value
    kind = body.get("resourceType") if isinstance(body, dict) else None
    if not exchange.ok:
        return Step(name="read", state=State.TROUBLE, seen=tuple(seen), next=_refused(exchange, o, "read"))
    if kind != "Patient":
        seen.append(_no_resource(exchange, kind))
        return Step(name="read", state=State.TROUBLE, seen=tuple(seen), next=_not_meant(kind, "a Patient", o))
    return Step(name="read", state=State.WORKS, seen=tuple(seen))


def _why_not(o: Observed) -> str:
    if not o.credential_read:
        return "the credential is in the way"
    if o.metadata is not None and o.metadata.bare:
        return "there is no token"
    return o.in_the_way if o.metadata is None else "metadata got no answer"


def _answer(what: str, asked: Asked, *, places: bool = True) -> str:
    exchange = asked.exchange
    media = shown(exchange.header("Content-Type") or "no content type", 80)
    by = f", after {len(asked.by)} redirect{'s' if len(asked.by) > 1 else ''}" if asked.by else ""
    if asked.by and places:
        by += f" to {shown(asked.by[-1])}"
    bare = ", asked without a credential" if asked.bare else ""
    return f"{what}: status {exchange.status}, {media}, in {exchange.http.elapsed_ms} ms{_over(exchange)}{by}{bare}"


def _over(exchange: Exchange) -> str:
    """The protocol, where it is not the usual one."""
    spoken = exchange.response.wire.http_version if exchange.response else ""
    return "" if spoken in ("", "HTTP/1.1") else f" over {shown(spoken, 20)}"


def _no_resource(exchange: Exchange, kind: Any) -> str:
    if isinstance(kind, str):
        return f"the answer is a resource of type {shown(kind, 40)}"
    problem = exchange.json().problem
    return f"the answer is no FHIR resource ({problem.partition(':')[0] or 'no resourceType'})"


def _software(statement: dict[str, Any]) -> str:
    software = statement.get("software")
    parts = [software.get(one) for one in ("name", "version")] if isinstance(software, dict) else []
    said = " ".join(shown(part, 60) for part in parts if isinstance(part, str))
    return f", software {said}" if said else ""


def _not_meant(kind: Any, wanted: str, o: Observed) -> str:
    """What to do about an answer with a good status that is not what was asked for."""
    if not isinstance(kind, str):
        return _wrong_base(o.base_url)
    return f"It is FHIR, and not {wanted}, which status 200 promises: ask the supplier what it means to say."


def _wrong_base(base_url: str) -> str:
    return (
        f"That is not FHIR: is {base_url} the base URL? It is the address in front of /metadata and /Patient, and "
        "often ends in /fhir, /r4 or /R4."
    )


def _refused(exchange: Exchange, o: Observed, what: str) -> str:
    """What an HTTP status asks for."""
    status = exchange.status
    logged_in = (
        o.identity is not None and o.identity.kind != "none" and not (o.metadata is not None and o.metadata.bare)
    )
    if status == 401:
        if logged_in:
            return "The credential is not accepted: is it of this environment, in date, and of the right kind?"
        return "The server wants a credential: describe an identity in supplier.toml, or give --token-env."
    if status == 403:
        return "The credential is known and may not do this: ask for the scope or right to read patients."
    if status in (404, 410):
        if what == "metadata":
            return _wrong_base(o.base_url)
        return "Metadata and patients are not at the same place, or the server has no patients: check the base URL."
    if status in (400, 422) and what == "search":
        return (
            "The server wants other search parameters than _count: rows that begin with a search of patients will be "
            "inconclusive."
        )
    if status == 406:
        return "The server does not answer in application/fhir+json: it must, for a run."
    if status == 429:
        return "Too many requests: wait, or lower --rate."
    if status in (301, 302, 303, 307, 308) and not exchange.header("Location"):
        return "It redirects and does not say where to: ask the supplier."
    if status in (301, 302, 303, 307, 308):
        return "It redirects in a circle or too often: use the address that it leads to as the base URL."
    if status >= 500:
        return "The server broke: ask the supplier, and try again later."
    return "Compare with the supplier's instructions for its API."
