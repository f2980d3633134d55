"""Search results: modes of entries, types that were asked for, links and totals.

Source: http://hl7.org/fhir/R4/bundle.html#searchset and http://hl7.org/fhir/R4/search.html#responses
"""

from __future__ import annotations

from checker.fhir.instance import Types
from checker.fhir.validation.literal import is_resource_type
from checker.fhir.validation.resolver import BundleIndex, Entry
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_SOURCE = "http://hl7.org/fhir/R4/bundle.html#searchset"

NO_SELF = rule(
    "bundle-search-self-missing",
    "warning",
    "invalid",
    title="A search result has no self link",
    why="The self link says which parameters the server understood; without it nobody knows what was searched for.",
    fix="Add a link with relation self and the URL of the search as it was run.",
    source="http://hl7.org/fhir/R4/search.html#conformance",
)
SELF_UNCLEAR = rule(
    "bundle-search-self-unclear",
    "information",
    "invalid",
    title="The self link does not tell which resource types were searched",
    why="Whether the entries are what was asked for can't be judged.",
    fix="Write the search URL with its resource type, or with _type.",
    source="http://hl7.org/fhir/R4/search.html#conformance",
)
NO_MODE = rule(
    "bundle-search-mode-missing",
    "warning",
    "invalid",
    title="An entry of a search result has no search mode",
    why="A client can't tell a match from a resource that was merely included, and counts or shows the wrong ones.",
    fix="Give each entry search.mode: match, include or outcome.",
    source=_SOURCE,
)
NO_RESOURCE = rule(
    "bundle-search-resource-missing",
    "error",
    "invalid",
    title="An entry of a search result has no resource",
    why="The result of a search is its resources.",
    fix="Put the resource in the entry, or remove the entry.",
    source=_SOURCE,
)
NO_ID = rule(
    "bundle-search-id-missing",
    "error",
    "invalid",
    title="A resource in a search result has no id",
    why="It can't be read again, updated, or told from another.",
    fix="Return the resource with the id that it has on the server.",
    source=_SOURCE,
)
WRONG_TYPE = rule(
    "bundle-search-type",
    "error",
    "invalid",
    title="A match is of a resource type that was not searched for",
    why="The client asked for another type and treats the entry as one.",
    fix="Return it with search.mode include, or not at all.",
    source=_SOURCE,
)
NOT_OUTCOME = rule(
    "bundle-search-outcome-type",
    "error",
    "invalid",
    title="An entry with mode outcome is no OperationOutcome",
    why="Clients read such entries as messages about the search and skip them as data.",
    fix="Use mode match or include for records.",
    source=_SOURCE,
)
TOTAL = rule(
    "bundle-search-total",
    "warning",
    "invalid",
    title="The total is smaller than the number of matches on this page",
    why="The total counts the matches on all pages; a client that trusts it stops too early.",
    fix="Count the matches of all pages, or leave total out.",
    source="http://hl7.org/fhir/R4/bundle-definitions.html#Bundle.total",
)


def check(run: Run, index: BundleIndex) -> None:
    """Judge the links, modes and types of a Bundle of type ``searchset``."""
    link = next((each for each in index.bundle.children("link") if each.text("relation") == "self"), None)
    types: list[str] | None = None
    if link is None:
        run.report(NO_SELF, index.bundle, "The search result has no link with relation self")
    else:
        types = searched_types(link.text("url") or "", run.tree.types) or None
        if types is None:
            run.report(
                SELF_UNCLEAR, link, "The self link does not tell which resource types were searched", below="url"
            )
    modes = [_mode(entry) for entry in index.entries]
    if any(modes):
        for entry, mode in zip(index.entries, modes, strict=True):
            _check_entry(run, entry, mode, types)
    elif index.entries:
        _check_without_modes(run, index, types)
    total = index.bundle.holder.get("total")
    matches = sum(mode == "match" for mode in modes)
    if isinstance(total, int) and not isinstance(total, bool) and total < matches:
        run.report(
            TOTAL, index.bundle, f"total is {total}, and {matches} entries are matches", below="total", found=str(total)
        )


def searched_types(url: str, types: Types) -> list[str]:
    """The resource types that the URL of a search asks for; empty when it does not tell."""
    path, _, query = url.partition("?")
    last = path.rstrip("/").rpartition("/")[2]
    if last == "_search":
        last = path.rstrip("/").split("/")[-2] if path.count("/") else ""
    if is_resource_type(last, types):
        return [last]
    for parameter in query.split("&"):
        name, _, value = parameter.partition("=")
        if name == "_type":
            return [each for each in value.replace("%2C", ",").split(",") if each]
    return []


def _mode(entry: Entry) -> str | None:
    search = entry.node.holder.get("search")
    mode = search.get("mode") if isinstance(search, dict) else None
    return mode if isinstance(mode, str) else None


def _check_entry(run: Run, entry: Entry, mode: str | None, types: list[str] | None) -> None:
    if mode is None:
        run.report(NO_MODE, entry.node, "The entry has no search.mode, and others have")
    if entry.resource is None:
        run.report(NO_RESOURCE, entry.node, "The entry of the search result has no resource")
        return
    if mode in ("match", "include") and entry.id is None:
        run.report(NO_ID, entry.resource, "The resource in the search result has no id", below="id")
    if mode == "match" and types is not None and entry.type not in types:
        run.report(
            WRONG_TYPE,
            entry.resource,
            f"The match is a {entry.type}; the search was for {', '.join(types)}",
            found=entry.type,
            allowed=", ".join(types),
        )
    if mode == "outcome" and entry.type != "OperationOutcome":
        run.report(
            NOT_OUTCOME, entry.resource, f"The mode is outcome, and the resource is a {entry.type}", found=entry.type
        )


def _check_without_modes(run: Run, index: BundleIndex, types: list[str] | None) -> None:
    """No entry has a mode: that is no problem as long as all are of the one type that was searched."""
    unsure = False
    first: str | None = None
    for entry in index.entries:
        if entry.resource is None:
            run.report(NO_RESOURCE, entry.node, "The entry of the search result has no resource")
            continue
        if entry.type == "OperationOutcome":
            continue
        if types is None:
            unsure = True
        elif entry.type not in types:
            unsure = True
            run.report(
                WRONG_TYPE,
                entry.resource,
                f"The resource is a {entry.type}, the search was for {', '.join(types)}, and no search.mode tells"
                " why it is here",
                severity="warning",
                found=entry.type,
                allowed=", ".join(types),
            )
            continue
        elif first is not None and entry.type != first:
            unsure = True
        first = first or entry.type
        if entry.id is None:
            run.report(
                NO_ID, entry.resource, "The resource in the search result has no id", below="id", severity="warning"
            )
    run.report(
        NO_MODE,
        index.bundle,
        "No entry of the search result has a search.mode",
        severity="warning" if unsure else "information",
    )
