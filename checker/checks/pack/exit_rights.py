"""What keeps a customer free: open interfaces, fair terms for others, its own rights, and a plan for the end."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from checker.checks.assured import months_after
from checker.checks.pack.exit_terms import EXIT, OF_EXIT
from checker.checks.pack.given import WHOLE, of_table, part, table
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

REQUESTS = "own-app-requests"
_COLUMNS = ("method", "path", "data")
_THINGS = ("data", "configuration", "templates", "mappings", "derived-content")


@check(
    "exit.interfaces-are-open",
    needs=lambda p, settings: [WHOLE, OF_EXIT, of_table(REQUESTS, *_COLUMNS)],
    source="docs/policy.md#the-suppliers-application-has-no-door-of-its-own",
)
def interfaces_are_open(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """What the supplier's own application asks for core data is asked of interfaces that are documented and open.

    An artefact of kind ``own-app-requests`` (CSV: ``method``, ``path``, ``data``: core or other) lists what the
    application was seen to call, such as from a HAR file. Each path of core data fits one of an interface of the
    section, with ``{name}`` for one part that varies. Each interface names where its documentation is.

    Good: ``/fhir/Patient/123`` and an open interface with ``/fhir/Patient/{id}``. Bad: ``/internal/v2/record/123``.
    """
    found = part(ev, EXIT, "interfaces")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("no interface is listed")
        return
    open_paths: list[list[str]] = []
    for one in found.facts:
        wrong = [
            words
            for key, words in (("documented", "is not documented"), ("open", "is not open"))
            if one.get(key) != "yes"
        ]
        if one.get("documented") == "yes" and not one.get("document"):
            wrong.append("does not say where its documentation is")
        if wrong:
            message = "An interface that a successor needs is not open."
            actual = f"It {', and '.join(wrong)}."
            yield found.finding(message, "documented and open", actual, f"exit interfaces {one['id']}")
        else:
            open_paths += [_steps(path) for path in one.get("paths", [])]
            yield Examined(what=f"the interface {one['id']}", evidence=found.evidence)
    log = table(ev, REQUESTS, *_COLUMNS)
    if isinstance(log, Undecided):
        yield log
        return
    both = log._replace(evidence=log.evidence + found.evidence)
    core = [row for row in log.facts if row["data"].casefold() == "core"]
    if unclear := [row for row in log.facts if row["data"].casefold() not in ("core", "other")]:
        yield log.undecided(f"line {unclear[0]['line']} of the requests is neither core nor other", Reason.PREREQUISITE)
    if not core:
        yield log.undecided("the application was seen to ask for no core data")
    for row in core:
        path = _steps(row["path"])
        if any(fits(path, one) for one in open_paths):
            yield Examined(what="a path of the application", evidence=both.evidence)
        else:
            message = "The supplier's own application gets core data by a path that others do not have."
            place = f"{REQUESTS} line {row['line']}"
            yield both.finding(message, "a path of a documented, open interface", "another path", place)


def _steps(given: str) -> list[str]:
    try:
        return unquote(urlsplit(given).path).strip("/").split("/")
    except ValueError:
        return [given]


def fits(path: list[str], wanted: list[str]) -> bool:
    """Does a path fit one in which ``{name}`` stands for what varies, once in a step?

    >>> fits(["fhir", "Patient", "17"], ["fhir", "Patient", "{id}"]), fits(["fhir"], ["fhir", "{type}"])
    (True, False)
    """
    return len(path) == len(wanted) and all(_step_fits(one, other) for one, other in zip(path, wanted, strict=True))


def _step_fits(step: str, wanted: str) -> bool:
    before, opened, rest = wanted.partition("{")
    _, closed, after = rest.rpartition("}")
    if not opened or not closed:
        return step == wanted
    return len(step) > len(before) + len(after) and step.startswith(before) and step.endswith(after)


@check(
    "exit.others-may-integrate",
    needs=lambda p, settings: [WHOLE, OF_EXIT],
    source="https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/",
)
def others_may_integrate(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Documentation opens without login, terms are named, the supplier has no veto, and fees are stated, be they 0.00.

    Good: ``without-login: "yes"``, ``veto: "no"``, an entry of fees with 0.00. Bad: documentation behind an
    agreement; a fee on request.
    """
    found = part(ev, EXIT, "integration")
    if isinstance(found, Undecided):
        yield found
        return
    said = found.facts
    wrong = [f"no {key}" for key in ("documentation", "terms") if not said.get(key)]
    if said.get("without-login") != "yes":
        wrong.append("documentation that does not open without login")
    if said.get("veto") != "no":
        wrong.append("a veto of the supplier, or no word on it")
    if not said.get("fees") or not all("amount" in one for one in said["fees"]):
        wrong.append("no fees, or a fee without an amount")
    for fault in wrong:
        message = "Others cannot integrate on fair terms."
        yield found.finding(message, "open documentation, terms, no veto, stated fees", fault, "exit integration")
    if not wrong:
        yield Examined(what="the terms on which others integrate", evidence=found.evidence)


@check(
    "exit.customer-owns-what-is-theirs",
    needs=lambda p, settings: [WHOLE, OF_EXIT],
    source="https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/",
)
def customer_owns_what_is_theirs(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The customer owns its data, configuration, templates, mappings and derived clinical content, by a named clause.

    Good: five entries of ``rights``, each ``customer-owns: "yes"`` with its clause. Bad: mappings that stay with the
    supplier; nothing said of derived content.
    """
    found = part(ev, EXIT, "rights")
    if isinstance(found, Undecided):
        yield found
        return
    for name in _THINGS:
        said = [one for one in found.facts if one["over"] == name]
        place, message = f"exit rights over {name}", "The customer does not own what it put in or made."
        if not said or any(one.get("customer-owns") != "yes" for one in said):
            actual = "it does not own it" if said else "nothing is said"
            yield found.finding(message, f"the customer owns {name.replace('-', ' ')}", actual, place)
        elif not all(one.get("clause") for one in said):
            yield found.finding("No clause is named.", "the clause of the contract", "none", place)
        else:
            yield Examined(what=f"the rights over {name.replace('-', ' ')}", evidence=found.evidence)


class Verified(Params, frozen=True, kw_only=True):
    """How long ago it may have been verified."""

    most_months: int = 12


@check(
    "exit.end-of-supplier-is-provided-for",
    params=Verified,
    needs=lambda p, settings: [WHOLE, OF_EXIT],
    source="https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/",
)
def end_of_supplier_is_provided_for(ev: EvidenceView, p: Verified) -> Iterator[Statement]:
    """Escrow of the source or of the service, or a plan for insolvency, with somebody else, verified within 12 months.

    Good: ``kind: saas-escrow``, an agent, verified in May. Bad: none; source that was never tried.
    """
    found = part(ev, EXIT, "continuity")
    if isinstance(found, Undecided):
        yield found
        return
    verified, wrong = day(found.facts.get("verified", "")), []
    if found.facts.get("kind", "none") == "none":
        wrong.append("nothing is arranged")
    else:
        if not found.facts.get("agent"):
            wrong.append("it is not said with whom")
        if verified is None or verified > found.on or months_after(verified, p.most_months) < found.on:
            wrong.append(f"it was last verified on {verified}" if verified else "it was never verified")
    for fault in wrong:
        message = "If the supplier ends, so does the service."
        expected = f"escrow or a plan with somebody else, verified within {p.most_months} months"
        yield found.finding(message, expected, fault, "exit continuity")
    if not wrong:
        yield Examined(what="what is arranged for the end of the supplier", evidence=found.evidence)
