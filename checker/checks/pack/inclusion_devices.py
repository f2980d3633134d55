"""What people need to use the product: devices, browsers, networks; and what goes on without a network."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.assured import Given, same_version
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import WHOLE, of_section, part, root
from checker.checks.pack.said import Part, after, grouped, incomplete, parts, shown, unsaid
from checker.checks.register import day
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_NEEDS = [WHOLE, of_section("inclusion")]


class WeightParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``bytes``: what the first load of a page may weigh; ``kbps``: up to so many kilobits a second is slow."""

    bytes: int = 1_000_000
    kbps: int = 1_600


@check(
    "inclusion.first-load-is-light",
    params=WeightParams,
    needs=lambda p, settings: [of_section("inclusion")],
    source="docs/policy.md#pages-are-light-enough-for-a-slow-network",
)
def first_load_is_light(ev: EvidenceView, p: WeightParams) -> Iterator[Statement]:
    """The first load of each measured page is within ``bytes``, and it can be used in time over a slow network.

    The measures are the supplier's, each with method and day; the network it was tried with is at most ``kbps``.

    Good: 640,000 bytes, 6.2 seconds of 10 at 400 kilobits. Bad: 2,400,000 bytes; tried at 50,000 kilobits alone.
    """
    found = part(ev, "inclusion", "first-load")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("the section 'inclusion' lists no page under 'first-load'")
        return
    yield Examined(what="measured pages", evidence=found.evidence, count=len(found.facts))
    for number, one in enumerate(found.facts):
        place = f"section inclusion first-load/{number}"
        wanted = ("bytes", "method", "measured", "network", "seconds", "limit-seconds")
        yield from incomplete(found, "A page was not measured, or it is not said how.", one, place, *wanted)
        yield from after(found, one, "measured", place)
        if one.get("bytes") and int(one["bytes"]) > p.bytes:
            yield found.finding("The first load of a page is heavy.", f"at most {p.bytes}", one["bytes"], place)
        network = one.get("network", {})
        if one.get("network"):
            yield from incomplete(
                found, "The slow network is not described.", network, place, "down-kbps", "round-trip-ms"
            )
        if network.get("down-kbps") and int(network["down-kbps"]) > p.kbps:
            message = "The network that a page was tried with is not slow."
            yield found.finding(message, f"at most {p.kbps} kbit/s", network["down-kbps"], place)
        if not unsaid(one, "seconds", "limit-seconds") and decimal(one["seconds"]) > decimal(one["limit-seconds"]):
            message = "A page takes longer over a slow network than declared."
            yield found.finding(message, f"at most {one['limit-seconds']} s", one["seconds"], place)


@check(
    "inclusion.offline-was-tried",
    needs=lambda p, settings: _NEEDS,
    source="docs/policy.md#work-goes-on-without-a-network",
)
def offline_was_tried(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each task that must go on without a network was tried so, with this version, and no entry was lost.

    The network of the trial is described by measures (a rate of 0 is none at all) and the minutes it was gone; what
    happens when two people change the same is stated.

    Good: 40 entries while it was gone for 90 minutes, 40 arrived. Bad: 39; 41; a task that nobody tried.
    """
    found = parts(ev, "inclusion", "tasks", "offline")
    if isinstance(found, Undecided):
        yield found
        return
    product = root(ev, "product")
    if isinstance(product, Undecided):
        yield product
        return
    tasks, trials = found
    if not tasks.facts:
        yield tasks.undecided("the section 'inclusion' lists no task")
        return
    unsaid = [one["id"] for one in tasks.facts if "offline" not in one]
    if unsaid:
        message = "It is not said which tasks must go on without a network."
        yield tasks.finding(
            message, "yes or no for each", ", ".join(unsaid[:5]), "section inclusion tasks", len(unsaid)
        )
    needed = [one["id"] for one in tasks.facts if one.get("offline") == "yes"]
    said = grouped(trials.facts, "task")
    yield Examined(what="tasks that must go on without a network", evidence=trials.evidence, count=max(len(needed), 1))
    for name in needed:
        place = f"section inclusion offline {name}"
        if name not in said:
            message = "A task that must go on without a network was not tried so."
            yield trials.finding(message, "a trial", "none", place)
            continue
        for one in said[name]:
            yield from _trial(trials, one, product.facts["version"], place)


def _trial(found: Given, one: Part, version: str, place: str) -> Iterator[Finding]:
    wanted = ("tested", "product-version", "network", "entries", "arrived", "conflicts")
    yield from incomplete(found, "A trial without a network is not described.", one, place, *wanted)
    if one.get("network"):
        measured = ("down-kbps", "cut-minutes")
        yield from incomplete(found, "The network of a trial is not measured.", one["network"], place, *measured)
    yield from after(found, one, "tested", place)
    if one.get("product-version") and not same_version(one["product-version"], version):
        message = "It was tried with another version than the one that is offered."
        yield found.finding(message, version, shown(one["product-version"], 40), place)
    if not unsaid(one, "entries", "arrived"):
        if not int(one["entries"]):
            yield found.finding("Nothing was entered in the trial.", "entries", "0", place)
        elif int(one["entries"]) != int(one["arrived"]):
            message = "What was entered without a network did not arrive, once each."
            yield found.finding(message, one["entries"], one["arrived"], place)


@check(
    "inclusion.devices-are-tried",
    needs=lambda p, settings: _NEEDS,
    source="docs/policy.md#the-least-device-is-named-and-tried",
)
def devices_are_tried(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The least devices and browsers are named, were tried with this version, and are supported at go-live.

    Good: a telephone of 2019 with its system and browser, tried with 4.2.0, supported until 2028. Bad: "any modern
    browser"; a system whose support ends before go-live; a trial that failed.
    """
    found, product = part(ev, "inclusion", "devices"), root(ev, "product")
    if isinstance(found, Undecided) or isinstance(product, Undecided):
        for one in (found, product):
            if isinstance(one, Undecided):
                yield one
        return
    if not found.facts:
        yield found.undecided("the section 'inclusion' lists no device")
        return
    yield Examined(what="least devices", evidence=found.evidence, count=len(found.facts))
    go_live = day(product.facts.get("go-live"))
    if go_live is None:
        yield product.undecided("the root of the pack does not say when it goes live")
    for one in found.facts:
        place = f"section inclusion devices {one['id']}"
        wanted = ("system", "memory-mb", "supported-until", "tested", "product-version", "result")
        yield from incomplete(found, "A least device is not described, or was not tried.", one, place, *wanted)
        yield from after(found, one, "tested", place)
        if one.get("result") == "failed":
            yield found.finding(
                "The product does not run on a device that is said to be enough.", "passed", "failed", place
            )
        if one.get("product-version") and not same_version(one["product-version"], product.facts["version"]):
            message = "It was tried with another version than the one that is offered."
            yield found.finding(message, product.facts["version"], shown(one["product-version"], 40), place)
        until = day(one.get("supported-until"))
        if until and go_live and until < go_live:
            message = "The system of a least device is no longer supported at go-live."
            yield found.finding(message, f"until {go_live} or later", str(until), place)


@check(
    "inclusion.internet-and-browser",
    needs=lambda p, settings: _NEEDS,
    source="docs/policy.md#the-internet-and-a-browser-are-enough",
)
def internet_and_browser(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The internet and a current browser are enough for every user; what else is needed has a reason and an end.

    Good: over the internet, in a browser. Also good: a card reader's program until 2027-12-31, and why. Bad: a private
    network for good; an exception whose end has passed.
    """
    found = part(ev, "inclusion", "reach")
    if isinstance(found, Undecided):
        yield found
        return
    place, exceptions = "section inclusion reach", found.facts.get("exceptions", [])
    yield Examined(what="how the product is reached", evidence=found.evidence)
    yield from incomplete(
        found, "It is not said how the product is reached.", found.facts, place, "network", "browser-only"
    )
    needs_more = found.facts.get("network") == "private-network" or found.facts.get("browser-only") == "no"
    if needs_more and not exceptions:
        message = "More than the internet and a browser is needed, and it is not said what, why and until when."
        yield found.finding(message, "exceptions, each with an end", "none", place)
    for one in exceptions:
        where = f"{place} exceptions {one['id']}"
        yield from incomplete(found, "An exception has no reason or no end.", one, where, "what", "why", "ends")
        ends = day(one.get("ends"))
        if ends and ends < found.on:
            yield found.finding("The end of an exception has passed.", f"from {found.on} on", str(ends), where)
