"""The ETag of a resource is its version. Source: http://hl7.org/fhir/R4/http.html#versioning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.bodies import cut_off
from checker.checks.read import sample
from checker.fhir import bundle
from checker.model.asked import OfType
from checker.model.need import Every, Selector
from checker.model.registry import check, condition
from checker.model.verdict import Examined, Finding, Statement
from checker.model.view import EvidenceView, Exchange

_VERSIONED = Every(
    selector=Selector(interactions=("read", "vread"), views=("fhir",), statuses=("200",)), cover=("read",)
)
_TAG = re.compile(r'(W/)?"([^"]*)"')
_CODINGS = frozenset({"-gzip", "--gzip", ";gzip", "-deflate", "-df", "-br"})
"""What gateways add to the tag of an answer that they compress: RFC 9110 section 8.8.3.3 wants a tag of its own."""


@condition("read.etag-beside-version", params=OfType, needs=lambda p, settings: [sample(p, 3)], claim=False)
def etag_beside_version(ev: EvidenceView, p: OfType) -> bool | None:
    """A read is answered with an ETag and a resource that has a ``meta.versionId``.

    Unknown when no read was answered with the resource.
    """
    reads = [read.exchange("read") for read in ev.children(ev.record(sample(p, 3)), "fhir.read")]
    answered = [one for one in reads if one is not None and one.ok and one.json().resource_type == p.type]
    if not answered:
        return None
    return any(one.header("ETag") is not None and bundle.version_id(one.json().value) for one in answered)


@check(
    "read.etag-is-the-version",
    params=OfType,
    needs=lambda p, settings: [_VERSIONED, sample(p, 3)],
    source="http://hl7.org/fhir/R4/http.html#versioning",
)
def etag_is_the_version(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The ETag of a read or vread is the version of the resource: weak, in quotes, ``meta.versionId``.

    Looks at every such answer with status 200 that has an ETag and a resource with a versionId.
    Bundles, OperationOutcomes and answers without ETag are left out. What a gateway adds to the tag of
    a compressed answer (``-gzip`` and the like) is not held against it.

    Good: ``ETag: W/"2"`` beside ``"meta": {"versionId": "2"}``.
    Bad: ``ETag: "2"`` (strong: it would promise the same bytes in JSON and XML), ``W/"3"``, or a hash.
    """
    for exchange in ev.every(_VERSIONED):
        tag = exchange.header("ETag")
        if tag is None:
            continue
        doubt = cut_off(exchange, f"the answer to a {exchange.http.interaction}")
        if doubt is not None:
            yield doubt
            continue
        body = exchange.json()
        version = bundle.version_id(body.value)
        if not version or body.resource_type in ("", "Bundle", "OperationOutcome"):
            continue
        problem = _tag_problem(tag, version, compressed=bool(_coding(exchange)))
        if problem:
            yield Finding(
                message=f"The ETag of a {exchange.http.interaction} is not the version of the resource.",
                expected='W/"…" with meta.versionId between the quotes',
                actual=problem,
                place="header ETag",
                evidence=(exchange.id,),
            )
        else:
            what = "The ETag is the version of the resource."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)


def _coding(exchange: Exchange) -> str:
    return exchange.response.wire.content_encoding if exchange.response is not None else ""


def tag_of(header: str) -> str:
    """An entity tag as it is written, weak or strong; "" for what is none (RFC 9110 section 8.8.3)."""
    found = _TAG.fullmatch(header.strip())
    return found[0] if found is not None else ""


def _tag_problem(tag: str, version: str, *, compressed: bool) -> str:
    """What keeps an entity tag from being the weak tag of that version; "" if nothing does."""
    parts = _TAG.fullmatch(tag.strip())
    if parts is None:
        return "a tag that is not in quotes"
    weak, value = parts.groups()
    if value != version and not (compressed and value.startswith(version) and value[len(version) :] in _CODINGS):
        return "another value than meta.versionId"
    return "" if weak else "a strong tag"
