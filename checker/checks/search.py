"""Search and paging. Source: http://hl7.org/fhir/R4/http.html#search and #paging."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import resource_of
from checker.fhir import bundle
from checker.model.asked import OfType, Paging
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

_NOT_OFFERED = frozenset({400, 404, 405, 422, 501})
"""How a server says that it has no such search, or demands parameters: it may."""


def _pages(p: Paging) -> Need:
    return Need(probe="fhir.pages", params=p)


@check(
    "search.pages-reach-the-end",
    params=Paging,
    needs=lambda p, settings: [_pages(p), _found(p)],
    source="http://hl7.org/fhir/R4/http.html#paging",
)
def pages_reach_the_end(ev: EvidenceView, p: Paging) -> Iterator[Statement]:
    """Following ``next`` reaches the end, and no match comes twice or is lost on the way.

    A search with a small ``_count`` is followed page by page. A next link that was followed
    already is a loop. Where the server gives a ``total``, the pages together must hold as many
    matches; a total is optional, and so is a next link on the last page. A match that another search for
    all showed and that is on none of the pages leaves it open: it was lost, or deleted meanwhile. A single
    page proves nothing about paging, unless the total shows that it is whole.

    Good: 7 patients with ``_count=2`` come on 4 pages, each once.
    Bad: page 2 repeats a row of page 1, or page 3 links back to page 2.
    """
    view = ev.record(_pages(p))
    pages = view.exchanges("page")
    if pages and pages[0].status in _NOT_OFFERED:
        message = f"a search for all {p.type} is not offered here ({pages[0].status}), which FHIR allows"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(pages[0].id,))
        return
    seen: dict[str, str] = {}
    totals: list[int] = []
    for number, exchange in enumerate(pages, 1):
        page = resource_of(exchange, "Bundle", f"page {number} of the search for {p.type}")
        if not isinstance(page, dict):
            yield page
            return
        if type(page.get("total")) is int:
            totals.append(page["total"])
        yield from _links(page, exchange, p.type, number)
        yield from _repeats(page, exchange, p.type, number, seen)
    if pages:
        yield from _end(view, pages, totals, seen, p)
        if not view.record.notes.keys() & {"loops", "more"}:
            yield from _all_there(ev.record(_found(p)).exchange("search"), seen, p)
    else:
        yield view.undecided(f"the search for {p.type}")


def _found(p: Paging) -> Need:
    """The search for all, of which the first page shows a few that must be on the pages too."""
    return Need(probe="fhir.search", params=OfType(type=p.type))


def _links(page: dict[str, object], exchange: Exchange, resource_type: str, number: int) -> Iterator[Statement]:
    if any(one.get("relation") == "next" and not _is_url(one.get("url")) for one in bundle.links(page)):
        yield Finding(
            message=f"Page {number} of the search for {resource_type} has a next link without a URL.",
            expected="a URL (Bundle.link.url is 1..1), or no next link",
            actual="no URL",
            place=f"{exchange.request.url}#/link",
            evidence=(exchange.id,),
        )


def _end(
    view: RecordView, pages: tuple[Exchange, ...], totals: list[int], seen: dict[str, str], p: Paging
) -> Iterator[Statement]:
    """How the walk ended: in a circle, at our own limit, or on a last page."""
    last = pages[-1]
    if view.record.notes.get("loops"):
        yield Finding(
            message=f"The next links of the search for {p.type} lead in a circle.",
            expected="each next link leads further, and the last page has none",
            actual=f"after {len(pages)} pages the next link was one already followed",
            place=f"{last.request.url}#/link",
            evidence=(last.id,),
        )
    elif view.record.notes.get("more"):
        message = f"there are more than {p.pages} pages: load fewer, or let the profile follow more"
        yield Undecided(reason=Reason.BUDGET, message=message, evidence=(last.id,))
    elif len(set(totals)) > 1:
        message = "the total changed from page to page: the records changed meanwhile"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=tuple(page.id for page in pages))
    else:
        yield from _whole(pages, seen, totals[0] if totals else None, p, complete=view.complete)


def _all_there(search: Exchange | None, seen: dict[str, str], p: Paging) -> Iterator[Statement]:
    """Doubt in pages that lack what another search for all of the type had shown."""
    shown = bundle.ids(search.json().value, p.type) if search is not None and search.ok else ()
    absent = [id for id in shown if id not in seen]
    if search is not None and absent:
        message = (
            f"{len(absent)} {p.type} that another search showed are on none of the pages: "
            "they were lost on the way, or deleted meanwhile"
        )
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(search.id, *seen.values()))


def _is_url(found: object) -> bool:
    return isinstance(found, str) and bool(found)


def _repeats(
    page: dict[str, object], exchange: Exchange, resource_type: str, number: int, seen: dict[str, str]
) -> Iterator[Statement]:
    for index, resource in bundle.matches(page, resource_type):
        id = resource.get("id")
        name = id if isinstance(id, str) and id else f"page {number}, entry {index}, without an id"
        if name in seen:
            yield Finding(
                message=f"Page {number} of the search for {resource_type} repeats a match of an earlier page.",
                expected="each match once",
                actual="a match that was on an earlier page",
                place=f"{exchange.request.url}#/entry/{index}",
                evidence=(exchange.id, seen[name]),
            )
        seen.setdefault(name, exchange.id)


def _whole(
    pages: tuple[Exchange, ...], seen: dict[str, str], total: int | None, p: Paging, *, complete: bool
) -> Iterator[Statement]:
    if total is not None and total != len(seen) and complete:
        yield Finding(
            message=f"The pages of the search for {p.type} hold {len(seen)} matches, and its total says {total}.",
            expected=f"{total} matches",
            actual=f"{len(seen)} matches on {len(pages)} pages",
            place=f"{pages[0].request.url}#/total",
            evidence=tuple(page.id for page in pages),
        )
    elif not seen:
        return  # an empty search result proves nothing
    elif len(pages) == 1 and total is None:
        yield Undecided(
            reason=Reason.NO_DATA,
            message=f"all {len(seen)} {p.type} came on one page without a total: load more than {p.count}",
            evidence=(pages[0].id,),
        )
    else:
        for number, page in enumerate(pages, 1):
            kind = page.http.interaction
            yield Examined(what=f"Page {number} of {len(pages)} was read.", evidence=(page.id,), interaction=kind)


@check(
    "search.count-is-a-ceiling",
    params=Paging,
    needs=lambda p, settings: [_pages(p)],
    source="http://hl7.org/fhir/R4/search.html#count",
)
def count_is_a_ceiling(ev: EvidenceView, p: Paging) -> Iterator[Statement]:
    """No page of a search holds more matches than ``_count`` asked for.

    Included resources and outcomes do not count, and a page may hold fewer. Where there are no more
    matches than that altogether, nothing is shown.

    Good: 7 patients with ``_count=2`` come on pages of 2, 2, 2 and 1.
    Bad: all 7 come on one page.
    """
    pages = ev.record(_pages(p)).exchanges("page")
    if pages and pages[0].status in _NOT_OFFERED:
        message = f"a search for all {p.type} is not offered here ({pages[0].status}), which FHIR allows"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(pages[0].id,))
        return
    further = False
    for number, exchange in enumerate(pages, 1):
        page = resource_of(exchange, "Bundle", f"page {number} of the search for {p.type}")
        if not isinstance(page, dict):
            yield page
            return
        held = sum(1 for _ in bundle.matches(page, p.type))
        total = page.get("total")
        further |= bool(bundle.link(page, "next")) or (type(total) is int and total > p.count)
        if held > p.count:
            yield Finding(
                message=f"Page {number} of a search for {p.type} with _count={p.count} holds {held} matches.",
                expected=f"at most {p.count} matches",
                actual=f"{held} matches",
                place=f"{exchange.request.url}#/entry",
                evidence=(exchange.id,),
            )
        elif held and further:
            kind = exchange.http.interaction
            said = f"Pages hold at most {p.count} matches, as was asked."
            yield Examined(what=said, evidence=(exchange.id,), interaction=kind)
    if not further and pages:
        message = f"there are no more {p.type} than fit on one page: load more than {p.count}"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(pages[0].id,))
    if not pages:
        yield ev.record(_pages(p)).undecided(f"the search for {p.type}")
