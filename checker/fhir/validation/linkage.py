"""How the entries of a document or message hang together: which lead to which, and which are reached by nothing.

Each entry is visited once, and each of its references once.

Source: http://hl7.org/fhir/R4/documents.html#content and http://hl7.org/fhir/R4/messaging.html
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from checker.fhir.forms.quoted import quoted
from checker.fhir.instance import Node
from checker.fhir.validation.literal import is_absolute, is_canonical_type, restful
from checker.fhir.validation.reference_rules import AMBIGUOUS, FULL_URL_MISMATCH
from checker.fhir.validation.resolver import BundleIndex, Entry
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

NOT_FOUND = rule(
    "bundle-reference-missing",
    "error",
    "not-found",
    title="A reference that has to resolve inside the FHIR Bundle does not",
    why="A document or message is read on its own, perhaps years later: what is not inside is lost to the reader.",
    fix="Add the resource as an entry, and refer to it by its fullUrl.",
    source="http://hl7.org/fhir/R4/documents.html#content",
)
FRAGMENT = rule(
    "bundle-reference-fragment",
    "error",
    "not-found",
    title="A reference names a part of an entry that is not there",
    why="The part behind the # has to be the id of one element of the target.",
    fix="Give the element that id, or refer to the whole resource.",
    source="http://hl7.org/fhir/R4/references.html#literal",
)

_ADDRESSES = frozenset({"MessageHeader.source.endpoint", "MessageHeader.destination.endpoint", "Endpoint.address"})


class Reached(msgspec.Struct):
    """Places of entries: ``backward`` lead to a reached entry themselves, ``orphans`` are not reached at all."""

    backward: list[int]
    orphans: list[int]


def follow(run: Run, index: BundleIndex, strict: Iterable[Node]) -> Reached:
    """Follow all references of all entries, say which do not resolve, and find out which entries are reached.

    ``strict`` are the Reference nodes that have to resolve; an unresolved one elsewhere is only noted.
    """
    needed = set(strict)
    place = {entry.node: at for at, entry in enumerate(index.entries)}
    forward: list[set[int]] = [set() for _ in index.entries]
    for at, entry in enumerate(index.entries):
        seen: set[str] = set()
        for node, text in _pointers(entry.resource):
            if text in seen and node not in needed:
                continue
            seen.add(text)
            target = _resolve(run, index, entry, node, text, node in needed)
            if target is not None and place[target.node] != at:
                forward[at].add(place[target.node])
    return _reach(index, forward, place)


def _pointers(resource: Node | None) -> Iterator[tuple[Node, str]]:
    """The References, uris and urls of a resource that may lead to another entry, with their text."""
    waiting = [resource] if resource is not None and resource.type != "Bundle" else []
    while waiting:
        node = waiting.pop()
        text: Any = None
        if node.type == "Reference":
            text = node.text("reference")
        elif node.type in ("uri", "url") and _may_lead(node):
            text = node.value
        if isinstance(text, str) and text and not text.startswith("#") and not any(c.isspace() for c in text):
            yield node, text
        below = [child for child in node.all_children() if child.type != "Bundle"]
        waiting.extend(reversed(below))


def _may_lead(node: Node) -> bool:
    declared = node.declared
    if node.name == "system" or declared is None or declared.path in _ADDRESSES:
        return False
    return node.parent is None or node.parent.type != "Extension" or node.name != "url"


def _resolve(run: Run, index: BundleIndex, entry: Entry, node: Node, text: str, needed: bool) -> Entry | None:
    found = index.find(text, entry)
    reference = node.type == "Reference"
    if len(found) == 1:
        _check_fragment(run, node, text, found[0])
        return found[0]
    if found:
        if not reference:  # a Reference is judged for this where it stands
            run.report(AMBIGUOUS, node, f"{len(found)} entries can be meant by '{text}'", found=text)
        return None
    alike = index.alike(text.partition("#")[0])
    if alike and not is_absolute(text):
        known = ", ".join(dict.fromkeys(quoted(each.full_url) if each.full_url else "(none)" for each in alike[:3]))
        own = quoted(entry.full_url) if entry.full_url else "missing"
        run.report(
            FULL_URL_MISMATCH,
            node,
            f"'{text}' leads to no entry. An entry of that type and id has the fullUrl {known}, which is not what the"
            f" reference means: it stands in an entry whose fullUrl is {own}",
            severity="error",
            found=text,
            allowed=" | ".join(dict.fromkeys(each.full_url for each in alike[:3] if each.full_url)) or None,
        )
    elif reference and not _is_definition(run, text):
        what = "has to be in the FHIR Bundle" if needed else "is not in the FHIR Bundle"
        run.report(
            NOT_FOUND,
            node,
            f"The target of '{text}' {what}, and no entry is it" if needed else f"The target of '{text}' {what}",
            severity="error" if needed else "information",
            found=text,
        )
    return None


def _is_definition(run: Run, text: str) -> bool:
    """Whether an absolute reference is to a conformance resource, which need not travel in the FHIR Bundle."""
    if not is_absolute(text):
        return False
    parts = restful(text, run.tree.types)
    return (parts is not None and is_canonical_type(parts.type, run.tree.types)) or run.library.raw(text) is not None


def _check_fragment(run: Run, node: Node, text: str, target: Entry) -> None:
    _, mark, fragment = text.partition("#")
    if not mark or not fragment or target.resource is None:
        return
    count = _count_ids(target.resource.value, fragment)
    if count != 1:
        found = "no element" if not count else f"{count} elements"
        run.report(FRAGMENT, node, f"{found} of the target of '{text}' has the id '{fragment}'", found=text)


def _count_ids(value: Any, wanted: str) -> int:
    count = 0
    waiting = [value]
    marks = (f'id="{wanted}"', f"id='{wanted}'")
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict):
            count += at.get("id") == wanted
            waiting.extend(at.values())
        elif isinstance(at, list):
            waiting.extend(at)
        elif isinstance(at, str) and at.startswith("<"):
            count += sum(at.count(mark) for mark in marks)
    return count


def _reach(index: BundleIndex, forward: list[set[int]], place: dict[Node, int]) -> Reached:
    """Which entries are reached: forward from the first, then backward from what is reached, in order of place."""
    back: list[list[int]] = [[] for _ in forward]
    for at, goals in enumerate(forward):
        for goal in goals:
            back[goal].append(at)
    visited = [False] * len(forward)
    candidates: list[int] = []

    def visit(start: int) -> None:
        waiting = [start]
        while waiting:
            at = waiting.pop()
            if visited[at]:
                continue
            visited[at] = True
            waiting.extend(forward[at])
            for source in back[at]:
                heapq.heappush(candidates, source)

    holding = [at for at, entry in enumerate(index.entries) if entry.resource is not None]
    if holding:
        visit(holding[0])
    for entry in _linked(index):
        visit(place[entry.node])
    backward: list[int] = []
    while candidates:
        at = heapq.heappop(candidates)
        if not visited[at]:
            backward.append(at)
            visit(at)
    return Reached(backward, [at for at in holding if not visited[at]])


def _linked(index: BundleIndex) -> Iterator[Entry]:
    """The entries that a stylesheet link of the FHIR Bundle names."""
    for link in index.bundle.children("link"):
        if link.text("relation") == "stylesheet":
            yield from index.alike(link.text("url") or "")[:1]


def name(entry: Entry) -> str:
    """An entry in words."""
    what = f"The {entry.type}" if entry.type else "The entry"
    return f"{what} {quoted(entry.full_url)}" if entry.full_url else what
