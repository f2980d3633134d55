"""What a service promises of its availability, and what follows from it in minutes and from what it depends on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal, localcontext

from checker.checks.assured import Given
from checker.checks.pack.figures import agree, decimal, places, rounded
from checker.checks.pack.given import WHOLE, of_section, part
from checker.checks.pack.said import if_said
from checker.checks.pack.service_time import hours_named, possible_lengths
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

SERVICE = "service"
OF_SERVICE: Need = of_section(SERVICE)
_PARTS = {
    "name": "a name",
    "target": "a target",
    "window": "a window of measurement",
    "hours": "hours of service",
    "exclusions": "what is excluded",
    "method": "a method of measurement",
    "reporting": "how it is reported",
}
HUNDRED = Decimal(100)
_SHOWN = Decimal("0.0001")


def services(ev: EvidenceView) -> Given | Undecided:
    """The services of the section, at least one."""
    found = part(ev, SERVICE, "services")
    if not isinstance(found, Undecided) and not found.facts:
        return found.undecided("the section 'service' lists no service")
    return found


@check(
    "service.says-what-it-promises",
    needs=lambda p, settings: [WHOLE, OF_SERVICE],
    source="docs/policy.md#a-promise-of-availability-is-complete",
)
def says_what_it_promises(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each service states target, window, hours, exclusions, method and reporting of its availability.

    ``services`` of the section ``service``. A target lies above 0 and is at most 100; hours are ``24x7`` or named in
    ``hours``; ``exclusions: [none]`` says that all time down counts, and stands alone.

    Good: ``target: "99.9"``, ``window: calendar-month``, ``hours: 24x7``. Bad: a target without a window.
    """
    found = services(ev)
    if isinstance(found, Undecided):
        yield found
        return
    hours = if_said(ev, SERVICE, "hours", [])
    if isinstance(hours, Undecided):
        yield hours
        return
    known = {one["id"] for one in hours}
    for one in found.facts:
        place = f"service services {one['id']}"
        missing = [words for key, words in _PARTS.items() if not one.get(key)]
        wrong = [f"no {words.removeprefix('a ')}" for words in missing]
        if "target" in one and not 0 < decimal(one["target"]) <= HUNDRED:
            wrong.append(f"a target of {one['target']} per cent")
        if one.get("hours", "24x7") not in {"24x7", *known}:
            wrong.append(f"hours {one['hours']!r}, which the section does not have")
        if "none" in one.get("exclusions", ()) and len(one["exclusions"]) > 1:
            wrong.append("exclusions that are none and others at once")
        if wrong:
            message = "The promise of a service is not complete."
            yield found.finding(
                message, "target, window, hours, exclusions, method, reporting", "; ".join(wrong), place
            )
        else:
            yield Examined(what=f"the promise of the service {one['id']}", evidence=found.evidence)


@check(
    "service.allowance-follows-from-target",
    needs=lambda p, settings: [WHOLE, OF_SERVICE],
    source="docs/policy.md#minutes-follow-from-the-percentage",
)
def allowance_follows_from_target(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Time down that is stated in minutes is window × (1 − target), in the places that it is written with.

    99.9 per cent of 30 days allow 43.2 minutes, of a year 525.6. A calendar month has 28 to 31 days, a quarter 90 to
    92, a year 365 or 366: each of them may be meant. Of hours that are not 24x7 the windows of the years around the
    day of judgement are counted. Rounding may be to the nearest, or down.

    Good: 99.9 a calendar month, and 43.2 or 43 minutes. Bad: 99.9 a month, and 10 minutes.
    """
    found, promised = part(ev, SERVICE, "allowances"), services(ev)
    if isinstance(found, Undecided) or isinstance(promised, Undecided):
        yield promised if isinstance(promised, Undecided) else found  # type: ignore[misc]
        return
    if not found.facts:
        yield found.undecided("no time down is stated in minutes")
    hours = if_said(ev, SERVICE, "hours", [])
    if isinstance(hours, Undecided):
        yield hours
        return
    by_id = {one["id"]: one for one in promised.facts}
    for number, one in enumerate(found.facts):
        place = f"service allowances/{number}"
        service = by_id.get(one["service"])
        if service is None or "target" not in service:
            yield found.undecided(f"{place}: no service {one['service']!r} with a target", Reason.PREREQUISITE)
            continue
        try:
            during = hours_named(service.get("hours", "24x7"), hours)
        except LookupError:
            yield found.undecided(f"{place}: its hours are not in the section", Reason.PREREQUISITE)
            continue
        share = 1 - decimal(service["target"]) / 100
        right = sorted({one_length * share for one_length in possible_lengths(one["per"], during, found.on)})
        if any(_is_stated(one["minutes"], exact) for exact in right):
            yield Examined(
                what=f"the minutes that {one['service']} may be down a {one['per']}", evidence=found.evidence
            )
        else:
            message = "The minutes that a service may be down do not follow from its target."
            shown = [str(rounded(exact, max(1, places(one["minutes"])))) for exact in (right[:1] + right[-1:])]
            expected = f"{' to '.join(dict.fromkeys(shown))} minutes for {service['target']} per cent a {one['per']}"
            yield found.finding(message, expected, f"{one['minutes']} minutes", place)


def _is_stated(text: str, exact: Decimal) -> bool:
    down = exact.quantize(Decimal(1).scaleb(-places(text)), rounding=ROUND_DOWN)
    return agree(text, exact) or decimal(text) == down


@check(
    "service.target-is-within-its-dependencies",
    needs=lambda p, settings: [WHOLE, OF_SERVICE],
    source="docs/policy.md#no-promise-is-above-what-carries-it",
)
def target_is_within_its_dependencies(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A target is not above the product of the targets of all that the service cannot do without.

    Three at 99.9 per cent give 99.70. A dependency that is redundant says how the service goes on without it, and is
    left out. Nothing is rounded.

    Good: 99.7 on three at 99.9. Bad: 99.9 on three at 99.9.
    """
    found, promised = part(ev, SERVICE, "dependencies"), services(ev)
    if isinstance(found, Undecided) or isinstance(promised, Undecided):
        yield promised if isinstance(promised, Undecided) else found  # type: ignore[misc]
        return
    for service in promised.facts:
        place = f"service dependencies of {service['id']}"
        on = [one for one in found.facts if one["service"] == service["id"]]
        serial = [one for one in on if not (one.get("redundant") == "yes" and one.get("note"))]
        if not on or "target" not in service:
            yield found.undecided(f"{place}: {'it has no target' if on else 'none are listed'}")
            continue
        if unsaid := [one["name"] for one in serial if "target" not in one]:
            yield found.undecided(f"{place}: {unsaid[0][:80]!r} has no target")
            continue
        with localcontext() as context:
            context.prec = 60
            share = Decimal(1)
            for one in serial:
                share *= decimal(one["target"]) / 100
            most = share * 100
        if decimal(service["target"]) > most:  # exactly: a product is never below what its parts suggest
            message = "A service promises more than what it depends on can keep."
            actual = f"{service['target']} per cent, on {len(serial)} that it cannot do without"
            yield found.finding(
                message, f"{most.quantize(_SHOWN, rounding=ROUND_DOWN)} per cent or less", actual, place
            )
        else:
            yield Examined(what=f"what the service {service['id']} depends on", evidence=found.evidence)
