"""The rules of FHIR Bundles that hold for every kind.

Source: http://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

from checker.fhir.validation.rule import rule

_SOURCE = "http://hl7.org/fhir/R4/bundle.html"
_INVARIANTS = "http://hl7.org/fhir/R4/bundle.html#invs"
_FULL_URL = "http://hl7.org/fhir/R4/bundle.html#bundle-unique"

FULL_URL_RELATIVE = rule(
    "bundle-full-url-relative",
    "error",
    "invalid",
    title="The fullUrl of an entry is not an absolute URL",
    why="The fullUrl is the identity of the resource everywhere; a relative one identifies nothing.",
    fix="Write the whole URL of the resource on its server, or a urn:uuid.",
    source=_FULL_URL,
    good='"fullUrl": "https://ehr.example.nhs.uk/fhir/Patient/12"',
    bad='"fullUrl": "Patient/12"',
)
FULL_URL_ID = rule(
    "bundle-full-url-id",
    "error",
    "invalid",
    title="The fullUrl of an entry does not fit the type and id of its resource",
    why="Whoever follows the fullUrl gets another record than the one in the entry.",
    fix="End the fullUrl with the type and id of the resource, or use a urn:uuid.",
    source=_FULL_URL,
    good='"fullUrl": "https://ehr.example.nhs.uk/fhir/Patient/12", "resource": {"resourceType": "Patient", "id": "12"}',
    bad='"fullUrl": "https://ehr.example.nhs.uk/fhir/Patient/12", "resource": {"resourceType": "Patient", "id": "13"}',
)
FULL_URL_CANONICAL = rule(
    "bundle-full-url-canonical",
    "error",
    "invalid",
    title="The canonical URL of a definition is used as its fullUrl and is not its address",
    why="The fullUrl says where the resource is; its canonical URL says what it is called.",
    fix="Give the entry the address of the resource, ending with its id, or a urn:uuid.",
    source=_FULL_URL,
)
FULL_URL_MISSING = rule(
    "bundle-full-url-missing",
    "error",
    "required",
    title="An entry has no fullUrl",
    why="Without it no reference in the FHIR Bundle can lead to the resource.",
    fix="Give the entry a fullUrl. Only batches, transactions and their responses may go without.",
    source=_FULL_URL,
)
FULL_URL_DUPLICATE = rule(
    "bundle-full-url-duplicate",
    "error",
    "invariant",
    title="Two entries have the same fullUrl and version (bdl-7)",
    why="A reference could mean either of them.",
    fix="Give each entry a fullUrl of its own; two versions of one resource have different meta.versionId.",
    source=_INVARIANTS,
)
FULL_URL_VERSION = rule(
    "bundle-full-url-version",
    "error",
    "invariant",
    title="A fullUrl names a version (bdl-8)",
    why="The fullUrl identifies the resource; its version stands in meta.versionId.",
    fix="Remove /_history/version from the fullUrl.",
    source=_INVARIANTS,
)
ENTRY_EMPTY = rule(
    "bundle-entry-empty",
    "error",
    "invariant",
    title="An entry has neither resource nor request nor response (bdl-5)",
    why="It says nothing; a receiver can't tell a mistake from a lost record.",
    fix="Put the resource in the entry, or remove the entry.",
    source=_INVARIANTS,
)
REQUEST_MISSING = rule(
    "bundle-request-missing",
    "error",
    "invariant",
    title="An entry of a batch, transaction or history has no request (bdl-3)",
    why="The server is not told what to do with the entry.",
    fix="Add entry.request with method and url.",
    source=_INVARIANTS,
)
REQUEST_PROHIBITED = rule(
    "bundle-request-prohibited",
    "error",
    "invariant",
    title="An entry has a request in a FHIR Bundle that is no batch, transaction or history (bdl-3)",
    why="Nothing is asked of the receiver of such a Bundle; it can't tell whether to act.",
    fix="Remove entry.request, or give the Bundle the type that it is.",
    source=_INVARIANTS,
)
RESPONSE_MISSING = rule(
    "bundle-response-missing",
    "error",
    "invariant",
    title="An entry of a response or history has no response (bdl-4)",
    why="The client is not told what became of its request.",
    fix="Add entry.response with the HTTP status.",
    source=_INVARIANTS,
)
RESPONSE_PROHIBITED = rule(
    "bundle-response-prohibited",
    "error",
    "invariant",
    title="An entry has a response in a FHIR Bundle that answers nothing (bdl-4)",
    why="Only a batch-response, transaction-response or history says what became of requests.",
    fix="Remove entry.response, or give the Bundle the type that it is.",
    source=_INVARIANTS,
)
SEARCH_PROHIBITED = rule(
    "bundle-search-prohibited",
    "error",
    "invariant",
    title="An entry says something of a search in a FHIR Bundle that is no search result (bdl-2)",
    why="Search modes and scores mean something in a searchset only.",
    fix="Remove entry.search, or give the Bundle the type searchset.",
    source=_INVARIANTS,
)
TOTAL_PROHIBITED = rule(
    "bundle-total-prohibited",
    "error",
    "invariant",
    title="A FHIR Bundle that is no search result or history has a total (bdl-1)",
    why="The total counts matches on a server, not the entries.",
    fix="Remove total.",
    source=_INVARIANTS,
)
LINK_DUPLICATE = rule(
    "bundle-link-duplicate",
    "error",
    "invalid",
    title="A link relation stands twice",
    why="A client that follows the link takes either, and may leave out whole pages of records.",
    fix="Keep one link of that relation.",
    source="http://hl7.org/fhir/R4/http.html#paging",
)
LINK_PROHIBITED = rule(
    "bundle-link-prohibited",
    "error",
    "invalid",
    title="A paging link stands in a FHIR Bundle that has no pages",
    why="first, previous, next and last lead through search results and histories; here they promise content that "
    "does not exist.",
    fix="Remove the link.",
    source=_SOURCE,
)
