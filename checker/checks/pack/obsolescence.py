"""Nothing is obsolete when it goes live: components of the software, and the hardware that it runs on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from checker.checks.assured import Given, is_version_of, months_after, same_name, same_version
from checker.checks.pack.given import WHOLE, file, of_file, of_table, root, table
from checker.checks.pack.said import grouped
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_SUPPORT = ("support-table", "component", "version", "ends", "use?", "kept?")
_HARDWARE = ("hardware-inventory", "id", "model", "count", "ends", "replaced?")
NOT_ANNOUNCED = "not-announced"
"""``ends`` of a component whose maker names no day; ``kept`` then says who keeps it supported, and how."""
_BUILD = "build"


class MonthsParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: so long after go-live support must last."""

    months: int = 24


@check(
    "obsolescence.components-outlast-go-live",
    params=MonthsParams,
    needs=lambda p, settings: [WHOLE, of_file("sbom", "sbom"), of_table(*_SUPPORT)],
    source="docs/policy.md#nothing-is-obsolete-when-it-goes-live",
)
def components_outlast_go_live(ev: EvidenceView, p: MonthsParams) -> Iterator[Statement]:
    """The support of every component that runs ends later than 24 months after the planned go-live.

    Components are those of the bill of materials; their days come from a table of kind ``support-table`` (CSV:
    ``component,version,ends,use,kept``), in which a version also stands for those below it (3.12 for 3.12.4). A
    component that is used to build only says ``build`` under ``use``. Where a maker names no day, ``ends`` is
    ``not-announced`` and ``kept`` says who keeps it supported. A component without a line leaves the row undecided.

    Good: go-live on 1 March 2027, and support until 31 October 2029. Bad: support until 1 March 2029, or before.
    """
    live, bill, lines = _go_live(ev), file(ev, "sbom", "sbom"), table(ev, *_SUPPORT)
    if isinstance(live, Undecided) or isinstance(bill, Undecided) or isinstance(lines, Undecided):
        yield from (one for one in (live, bill, lines) if isinstance(one, Undecided))
        return
    if wrong := bill.facts.get("fault") or bill.facts.get("unread"):
        yield bill.undecided(f"the bill of materials was not read: {wrong}", Reason.PREREQUISITE)
        return
    root_of_bill, product = bill.facts["root"], root(ev, "product")
    if isinstance(product, Undecided):
        yield product
        return
    if not same_name(root_of_bill["name"], product.facts["name"]) or not same_version(
        root_of_bill["version"], product.facts["version"]
    ):
        yield bill.undecided("the bill of materials is of another product or version", Reason.PREREQUISITE)
        return
    if not bill.facts["components"]:
        yield bill.undecided("the bill of materials names no component")
        return
    both = lines._replace(evidence=(*bill.evidence, *lines.evidence))
    needed = months_after(live.facts, p.months)
    untold: list[str] = []
    named = grouped(({**one, "component": one["component"].casefold()} for one in lines.facts), "component")
    for component in bill.facts["components"]:
        held = _lines_of(named.get(component["name"].casefold(), []), component)
        if not held:
            untold.append(f"{component['name']} {component['version']}".strip())
            continue
        yield from _lasts(both, component, held, needed)
    if untold:
        more = f" and {len(untold) - 3} more" if len(untold) > 3 else ""
        yield both.undecided(f"the support table says nothing of {', '.join(untold[:3])}{more}")


def _lines_of(lines: list[Any], component: Any) -> list[Any]:
    """Of the lines of a component's name, those with the longest version that fits: 3.12 goes before 3."""
    held = [one for one in lines if is_version_of(component["version"], one["version"])]
    longest = max((len(one["version"]) for one in held), default=0)
    return [one for one in held if len(one["version"]) == longest]


def _lasts(found: Given, component: Any, held: list[Any], needed: date) -> Iterator[Statement]:
    name = f"{component['name']} {component['version']}".strip()
    for line in held:
        place, ends = f"support-table line {line['line']}", day(line["ends"])
        if line.get("use", "").casefold() == _BUILD:
            yield Examined(what=f"{name}: it builds and does not run", evidence=found.evidence)
        elif line["ends"] == NOT_ANNOUNCED and line.get("kept"):
            yield Examined(what=f"{name}: no end is announced", evidence=found.evidence)
        elif ends is None:
            yield found.undecided(f"{place} has no day on which support ends, and no word on who keeps it")
        else:
            yield Examined(what=f"{name}: support until {ends}", evidence=found.evidence)
            if ends <= needed:
                message = "The support of a component ends too soon after go-live."
                yield found.finding(message, f"after {needed}", f"{name}: {ends}", place)


class HardwareParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: so long after go-live the support of hardware must last; 0 for the day itself."""

    months: int = 0


@check(
    "obsolescence.hardware-is-supported",
    params=HardwareParams,
    needs=lambda p, settings: [WHOLE, of_table(*_HARDWARE)],
    source="docs/policy.md#hardware-is-listed-with-the-end-of-its-support",
)
def hardware_is_supported(ev: EvidenceView, p: HardwareParams) -> Iterator[Statement]:
    """Each line of the hardware inventory has the end of its support, and none is over at go-live.

    The inventory is a table of kind ``hardware-inventory`` (CSV: ``id,model,count,ends,replaced``): what the product
    runs on, and what it takes at the buyer's sites. Hardware that is replaced by go-live (``replaced``) may end before.

    Good: support until go-live or longer. Bad: support until the day before; no day at all.
    """
    live, lines = _go_live(ev), table(ev, *_HARDWARE)
    if isinstance(live, Undecided) or isinstance(lines, Undecided):
        yield from (one for one in (live, lines) if isinstance(one, Undecided))
        return
    if not lines.facts:
        yield lines.undecided("the hardware inventory has no line")
    needed, seen = months_after(live.facts, p.months), set()
    for line in lines.facts:
        place, ends, replaced = f"hardware-inventory line {line['line']}", day(line["ends"]), day(line.get("replaced"))
        yield Examined(what=f"hardware {line['id'][:60]}", evidence=lines.evidence)
        if not line["id"] or line["id"] in seen:
            message = "A line of the inventory has no id of its own."
            yield lines.finding(message, "one id each", "none, or one twice", place)
        seen.add(line["id"])
        if not line["count"].isascii() or not line["count"].isdigit() or not int(line["count"][:12]):
            yield lines.finding("A line of the inventory does not say how many.", "a number", "another", place)
        if ends is None:
            message = "Hardware has no day on which its support ends."
            yield lines.finding(message, "a day", "none" if not line["ends"] else "another text", place)
        elif ends < needed and not (replaced is not None and replaced <= live.facts):
            message = "Hardware is out of support at go-live."
            yield lines.finding(message, f"{needed} or later", f"{ends}", place)


def _go_live(ev: EvidenceView) -> Given | Undecided:
    """The day of go-live, as ``facts``."""
    found = root(ev, "product")
    if isinstance(found, Undecided):
        return found
    live = day(found.facts.get("go-live"))
    if live is None:
        return found.undecided("the root of the pack does not say when it goes live")
    return found._replace(facts=live)
