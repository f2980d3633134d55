"""What an API obliges a server to do, held against what it does: interactions, elements, refusals, answers.

Each check is generic; what is asked for comes from the obligations of a profile. Source: docs/obligations.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, not_the_supplier, resource_of
from checker.checks.passive import Alike
from checker.checks.refusal import refusal
from checker.checks.shapes import problems, without_query
from checker.fhir import bundle
from checker.model.exchange import differences
from checker.model.need import Need
from checker.model.obliged import Answered, Refused, Shapes, Sought
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange


@check(
    "obliged.interaction",
    params=Sought,
    needs=lambda p, settings: [Need(probe="obliged.interaction", params=p), Need(probe="obliged.found", params=p.seek)],
    source="http://hl7.org/fhir/R4/http.html",
)
def interaction(ev: EvidenceView, p: Sought) -> Iterator[Statement]:
    """The type can be searched, or a resource that a search showed can be read by its id.

    A search counts when it brings a searchset, also an empty one. Where a search for all is refused (400, 422), the
    searches patient by patient count. A resource that is read must be of the type and have the id that was asked for.

    Good: ``GET Slot?…`` gives a searchset; ``GET Appointment/[id]`` gives that Appointment.
    Bad: 404, 405 or 501.
    """
    kind = p.seek.type
    found = ev.record(Need(probe="obliged.found", params=p.seek))
    searches = found.exchanges("found")
    if p.code == "search-type":
        shown = [one for one in searches if one.ok] or searches[:1]
        if not shown:
            yield found.undecided(f"the search for {kind}")
        for exchange in shown[:1]:
            page = resource_of(exchange, "Bundle", f"the search for {kind}")
            if not isinstance(page, dict):
                yield without_query(page)
            else:
                yield Examined(what=f"{kind} can be searched.", evidence=(exchange.id,), interaction="search")
        return
    view = ev.record(Need(probe="obliged.interaction", params=p))
    reads = ev.children(view, "fhir.read")
    if not reads:
        yield found.undecided(f"the read of a {kind}")
    for read in reads:
        exchange_or_doubt = answer(read, "read", f"the read of a {kind} that a search had shown")
        if isinstance(exchange_or_doubt, Undecided):
            yield exchange_or_doubt
            continue
        resource = resource_of(exchange_or_doubt, kind, f"the read of a {kind} that a search had shown")
        if not isinstance(resource, dict):
            yield resource
        elif resource.get("id") != read.record.params.get("id"):
            yield Finding(
                message=f"The read of a {kind} gives one with another id.",
                expected="the id that was asked for",
                actual="another id" if resource.get("id") else "no id",
                place=f"{exchange_or_doubt.request.url}#/id",
                evidence=(exchange_or_doubt.id,),
            )
        else:
            yield Examined(what=f"A {kind} can be read.", evidence=(exchange_or_doubt.id,), interaction="read")


@check(
    "obliged.elements",
    params=Shapes,
    needs=lambda p, settings: [Need(probe="obliged.found", params=p.seek)],
    source="http://hl7.org/fhir/R4/conformance-rules.html#cardinality",
)
def elements(ev: EvidenceView, p: Shapes) -> Iterator[Statement]:
    """Each resource of the type that a search shows holds what this API asks for.

    A path may stand at most or at least so often, each value may have to be one of a list or of a form. Values are not
    repeated in what is reported. One finding stands for all resources that break the same rule.

    Good: each Patient has an identifier with system and value.
    Bad: one has none.
    """
    view = ev.record(Need(probe="obliged.found", params=p.seek))
    seen = 0
    wrong: dict[tuple[str, str], Alike] = {}
    for exchange in view.exchanges("found"):
        if not exchange.ok:
            continue
        for _, resource in bundle.matches(exchange.json().value, p.seek.type):
            seen += 1
            for place, expected, actual in problems(resource, p.expect):
                told = wrong.setdefault((place, expected), Alike(expected=expected, place=f"{p.seek.type}.{place}"))
                told.add(f"A {p.seek.type} does not hold {place} as asked.", actual, exchange)
            yield Examined(what=f"A {p.seek.type} was looked at.", evidence=(exchange.id,), interaction="search")
    for each in wrong.values():
        yield from each.findings()
    if not seen:
        yield view.undecided(f"a {p.seek.type} to look at")


@check(
    "obliged.refusal",
    params=Refused,
    needs=lambda p, settings: [Need(probe="obliged.refusal", params=p)],
    source="http://hl7.org/fhir/R4/http.html#Status-Codes",
)
def refused(ev: EvidenceView, p: Refused) -> Iterator[Statement]:
    """A request that is wrong in one respect is refused with the status and the code that the API asks for.

    The control is the same request as it should be, and must work. Of the refusal count the status, and, where the API
    fixes them, the code in ``issue.details.coding`` and ``issue.code`` of an OperationOutcome.

    Good: without the header the answer is 400 with the code REC_BAD_REQUEST.
    Bad: 200 with data; 500; or 400 without the code.
    """
    expected = " or ".join(str(one) for one in p.statuses)
    for codes, word in ((p.code, "code"), (p.issue, "issue code")):
        expected += f", with {word} {' or '.join(codes)}" if codes else ""
    view = ev.record(Need(probe="obliged.refusal", params=p))
    what = f"{p.instead.method} {p.instead.path or 'the base'}, with one thing wrong"
    for control, mutant in view.pairs():
        gives = control.json().resource_type or "Bundle"
        doubt = not_the_supplier(mutant, what) if mutant.status not in p.statuses else None
        if doubt is not None:
            yield doubt
            continue
        (respect,) = differences(control.request, mutant.request)
        told = refusal(
            control,
            mutant,
            differs_in=respect,
            gives=gives,
            refused=lambda exchange: _is_refused(exchange, p),
            what=f"{what} ({respect})",
            expected=expected,
        )
        yield from map(without_query, told)
    if not view.pairs():
        yield view.undecided(what)


def _is_refused(exchange: Exchange, p: Refused) -> bool:
    if exchange.status not in p.statuses:
        return False
    found = list(issue_codes_of(exchange.json().value))
    by_code = not p.code or any(code in p.code for codes, _ in found for code in codes)
    return by_code and (not p.issue or any(issue in p.issue for _, issue in found))


def issue_codes_of(outcome: Any) -> Iterator[tuple[list[str], str]]:
    """Of each issue of an OperationOutcome: the codes of ``details.coding``, and ``code``."""
    issues = outcome.get("issue") if isinstance(outcome, dict) else None
    for one in issues if isinstance(issues, list) else ():
        if not isinstance(one, dict):
            continue
        details = one.get("details")
        codings = details.get("coding") if isinstance(details, dict) else None
        listed = [each for each in codings if isinstance(each, dict)] if isinstance(codings, list) else []
        codes = [each["code"] for each in listed if isinstance(each.get("code"), str)]
        code = one.get("code")
        yield codes, code if isinstance(code, str) else ""


@check(
    "obliged.answer",
    params=Answered,
    needs=lambda p, settings: [Need(probe="obliged.answer", params=p)],
    source="http://hl7.org/fhir/R4/http.html",
)
def answered(ev: EvidenceView, p: Answered) -> Iterator[Statement]:
    """A request that the API knows is answered with the resource that it gives, and that holds what is asked for.

    Where a Bundle must hold resources of a type, the expectations are for each of these.

    Good: ``GET MessageDefinition?context=…`` gives a Bundle with a MessageDefinition that names its focus.
    Bad: 404; an empty Bundle decides nothing.
    """
    what = f"{p.ask.method} {p.ask.path}"
    exchange = answer(ev.record(Need(probe="obliged.answer", params=p)), "answer", what)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    found = resource_of(exchange, p.gives, what)
    if not isinstance(found, dict):
        yield without_query(found)
        return
    looked = [one for _, one in _held(found, p.holds)] if p.holds else [found]
    if not looked:
        message = f"{what}: there is no {p.holds} in the answer"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
        return
    for resource in looked:
        for place, expected, actual in problems(resource, p.expect):
            yield Finding(
                message=f"{what}: a {p.holds or p.gives} does not hold {place} as asked.",
                expected=expected,
                actual=actual,
                place=f"{p.holds or p.gives}.{place}",
                evidence=(exchange.id,),
            )
    yield Examined(what=f"{what} was answered.", evidence=(exchange.id,), interaction=exchange.http.interaction)


def _held(found: dict[str, Any], kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, entry in bundle.entries(found):
        resource = entry.get("resource")
        if isinstance(resource, dict) and resource.get("resourceType") == kind:
            yield index, resource
