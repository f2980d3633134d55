"""FHIR Bundles: what identifies their entries, what each kind of Bundle asks for, and their links.

States bdl-1, 2, 3, 4, 5, 7, 8, 9, 10, 11 and 12 by hand, in one pass over the entries; documents, messages, search
results and interactions have modules of their own.

Source: http://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

from checker.fhir.forms.quoted import quoted
from checker.fhir.instance import Node
from checker.fhir.validation.bundle_rules import (
    ENTRY_EMPTY,
    FULL_URL_CANONICAL,
    FULL_URL_DUPLICATE,
    FULL_URL_ID,
    FULL_URL_MISSING,
    FULL_URL_RELATIVE,
    FULL_URL_VERSION,
    LINK_DUPLICATE,
    LINK_PROHIBITED,
    REQUEST_MISSING,
    REQUEST_PROHIBITED,
    RESPONSE_MISSING,
    RESPONSE_PROHIBITED,
    SEARCH_PROHIBITED,
    TOTAL_PROHIBITED,
)
from checker.fhir.validation.literal import is_absolute, restful
from checker.fhir.validation.resolver import BundleIndex, Entry, IndexResolver
from checker.fhir.validation.run import Run

_INTERACTIONS = frozenset({"batch", "batch-response", "transaction", "transaction-response"})
_REQUESTS = frozenset({"batch", "transaction", "history"})
_RESPONSES = frozenset({"batch-response", "transaction-response", "history"})


def check(run: Run, node: Node) -> None:
    """Judge a Bundle node, wherever it stands, by the rules that are no cardinalities. Linear in its entries."""
    resolver = run.resolver
    index = resolver.bundle(node) if isinstance(resolver, IndexResolver) else BundleIndex(node)
    _check_links(run, node, index)
    if index.type and index.type not in ("searchset", "history") and _has(node, "total"):
        run.report(TOTAL_PROHIBITED, node, f"A Bundle of type {index.type} has no total (bdl-1)", below="total")
    seen: set[tuple[str, str | None]] = set()
    for entry in index.entries:
        _check_full_url(run, index, entry, seen)
        _check_parts(run, index, entry)
    if index.type == "searchset":
        from checker.fhir.validation import searchset

        searchset.check(run, index)
    elif index.type == "document":
        from checker.fhir.validation import document

        document.check(run, index)
    elif index.type == "message":
        from checker.fhir.validation import message

        message.check(run, index)
    if index.type in _REQUESTS or index.type in _RESPONSES:
        from checker.fhir.validation import interactions

        interactions.check(run, index)


def _has(node: Node, name: str) -> bool:
    holder = node.holder
    return holder.get(name) is not None or holder.get("_" + name) is not None


def _check_full_url(run: Run, index: BundleIndex, entry: Entry, seen: set[tuple[str, str | None]]) -> None:
    url, node = entry.full_url, entry.node
    if url is None:
        if index.type not in _INTERACTIONS and not _has(node, "fullUrl"):
            run.report(
                FULL_URL_MISSING,
                node,
                f"The entry has no fullUrl; in a Bundle of type {index.type or 'unknown'} each entry needs one",
                # What a server says of the search itself is stored nowhere: there is no URL to give.
                severity="warning" if entry.type == "OperationOutcome" and index.type == "searchset" else None,
            )
        return
    if index.type != "history":
        key = (url, entry.version)
        if key in seen:
            version = f" and version {entry.version}" if entry.version else ""
            run.report(
                FULL_URL_DUPLICATE,
                node,
                f"Another entry has the fullUrl {quoted(url)}{version} (bdl-7)",
                below="fullUrl",
                found=url,
            )
        seen.add(key)
    if "/_history/" in url:
        run.report(
            FULL_URL_VERSION, node, f"The fullUrl {quoted(url)} names a version (bdl-8)", below="fullUrl", found=url
        )
    if not is_absolute(url):
        run.report(
            FULL_URL_RELATIVE, node, f"The fullUrl {quoted(url)} is not an absolute URL", below="fullUrl", found=url
        )
        return
    _check_identity(run, entry, url)


def _check_identity(run: Run, entry: Entry, url: str) -> None:
    if entry.resource is None or not entry.type:
        return
    parts = restful(url, run.tree.types)
    if parts is not None:
        wanted = f"{entry.type}/{entry.id}"
        if entry.id is None:
            run.report(
                FULL_URL_ID,
                entry.node,
                f"The fullUrl {quoted(url)} is the address of a resource on a server, and the resource has no id",
                below="fullUrl",
                found=url,
            )
        elif f"{parts.type}/{parts.id}" != wanted:
            run.report(
                FULL_URL_ID,
                entry.node,
                f"The fullUrl {quoted(url)} does not end with the type and id of the resource ({wanted})",
                below="fullUrl",
                found=url,
                allowed=f"…/{wanted}",
            )
        return
    legacy = url.startswith(("http://hl7.org/fhir/v2/", "http://hl7.org/fhir/v3/"))
    if not legacy and entry.resource.text("url") == url:
        run.report(
            FULL_URL_CANONICAL,
            entry.node,
            f"The fullUrl {quoted(url)} is the canonical URL of the {entry.type}, not its address",
            below="fullUrl",
            found=url,
        )


def _check_parts(run: Run, index: BundleIndex, entry: Entry) -> None:
    """Which of resource, search, request and response an entry has."""
    node, kind = entry.node, index.type
    request, response = _has(node, "request"), _has(node, "response")
    if not (request or response or _has(node, "resource")):
        run.report(ENTRY_EMPTY, node, "The entry has neither a resource nor a request nor a response (bdl-5)")
    if not kind:
        return
    if _has(node, "search") and kind != "searchset":
        run.report(SEARCH_PROHIBITED, node, f"In a Bundle of type {kind} no entry has search (bdl-2)", below="search")
    if request and kind not in _REQUESTS:
        run.report(
            REQUEST_PROHIBITED, node, f"In a Bundle of type {kind} no entry has a request (bdl-3)", below="request"
        )
    elif not request and kind in _REQUESTS:
        run.report(REQUEST_MISSING, node, f"In a Bundle of type {kind} each entry has a request (bdl-3)")
    if response and kind not in _RESPONSES:
        run.report(
            RESPONSE_PROHIBITED, node, f"In a Bundle of type {kind} no entry has a response (bdl-4)", below="response"
        )
    elif not response and kind in _RESPONSES:
        run.report(RESPONSE_MISSING, node, f"In a Bundle of type {kind} each entry has a response (bdl-4)")


def _check_links(run: Run, node: Node, index: BundleIndex) -> None:
    paged = index.type in ("searchset", "history")
    once = {"self", "first", "previous", "next", "last"} if paged else {"self"}
    seen: set[str] = set()
    for link in node.children("link"):
        relation = link.text("relation")
        if relation is None or not index.type:
            continue
        if relation in ("first", "previous", "next", "last") and not paged:
            run.report(
                LINK_PROHIBITED,
                link,
                f"A Bundle of type {index.type} has no link with the relation {quoted(relation)}",
                below="relation",
                found=relation,
            )
        if relation in once and relation in seen:
            run.report(
                LINK_DUPLICATE,
                link,
                f"There is another link with the relation {quoted(relation)}",
                below="relation",
                found=relation,
            )
        seen.add(relation)
