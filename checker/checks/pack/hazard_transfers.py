"""What is handed to the organisation that deploys the product: the same in hazard log, safety case and instructions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.given import WHOLE, file, of_file, of_section, part
from checker.checks.pack.hazards import LOG_NEED, bounded, key, log, retired, together, transferred
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

INSTRUCTIONS = "deployment-instructions"
_SAID = "section safety"


@check(
    "safety.transfers-agree",
    needs=lambda p, settings: (WHOLE, of_section("safety"), LOG_NEED, of_file(INSTRUCTIONS, "pack-document")),
    source="docs/policy.md#a-hazard-that-is-handed-over-is-named-in-three-places",
)
def transfers_agree(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The hazards that are handed over are the same in hazard log, safety case report and deployment instructions.

    In the log: ``transferred`` is yes, or the status begins with it. In the section ``safety``: ``transferred`` of
    ``safety-case`` and of ``deployment``. Where the instructions are Markdown, HTML or plain text, each id stands in
    them. The order does not matter.

    Good: three equal sets, also empty ones. Bad: a hazard that the log hands over and the instructions do not name.
    """
    found = log(ev)
    case, deployed = _handed(ev, "safety-case"), _handed(ev, "deployment")
    if isinstance(found, Undecided) or isinstance(case, Undecided) or isinstance(deployed, Undecided):
        yield from (one for one in (found, case, deployed) if isinstance(one, Undecided))
        return
    given = together(found, case)
    if "transferred" not in found.facts[0] and not any(transferred(one) for one in found.facts):
        yield found.undecided("the hazard log has no column 'transferred'", Reason.PREREQUISITE)
        return
    in_log = {key(one["id"]): one["id"] for one in found.facts if transferred(one) and not retired(one)}
    places = {
        "hazard log": in_log,
        "safety case report": {key(one): one for one in case.facts},
        "deployment instructions": {key(one["hazard"]): one["hazard"] for one in deployed.facts},
    }
    yield Examined(what="three lists of hazards that are handed over", evidence=given.evidence, count=3)
    every = {name: said for place in places.values() for name, said in place.items()}
    yield from bounded(
        given.finding(
            "A hazard is handed over in one place and not in another.",
            "in the hazard log, the safety case report and the deployment instructions",
            f"not in the {' and the '.join(missing)}",
            f"hazard {every[name][:60]}",
        )
        for name in sorted(every)
        if (missing := [place for place, names in places.items() if name not in names])
    )
    for one in deployed.facts:
        if not one.get("action"):
            message = "A hazard is handed over, and it is not said what the organisation has to do."
            yield given.finding(message, "an action", "none", f"{_SAID} /deployment, {one['hazard'][:60]}")
    yield from _in_the_text(ev, in_log)


def _handed(ev: EvidenceView, name: str) -> Given | Undecided:
    found = part(ev, "safety", name)
    if isinstance(found, Undecided):
        return found
    if "transferred" not in found.facts:
        return found.undecided(f"{name!r} of the section 'safety' has no 'transferred': write [] where there is none")
    return found._replace(facts=found.facts["transferred"])


def _in_the_text(ev: EvidenceView, in_log: dict[str, str]) -> Iterator[Statement]:
    text = file(ev, INSTRUCTIONS, "pack-document")
    if isinstance(text, Undecided):
        yield text
        return
    form = text.facts["form"]
    if form in ("empty", "other"):
        yield text.undecided("the deployment instructions are empty, or no document", Reason.PREREQUISITE)
        return
    if form not in ("text", "html"):
        return  # a PDF: three lists are compared, and what it says was not read
    yield Examined(what="the text of the deployment instructions", evidence=text.evidence)
    yield from bounded(_unnamed(text, in_log))


def _unnamed(text: Given, in_log: dict[str, str]) -> Iterator[Finding]:
    words = set(text.facts["references"])
    for name, said in sorted(in_log.items()):
        if any(map(str.isdigit, name)) and " " not in name and name not in words:
            message = "The text of the deployment instructions does not name a hazard that is handed over."
            yield text.finding(message, said[:60], "not in the text", f"hazard {said[:60]}")


class OfferParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``parts``: what the deploying organisation is given."""

    parts: tuple[str, ...] = ("transferred", "training", "configuration-limits", "contact", "incident-route", "dcb0160")


@check(
    "safety.deployer-has-what-it-needs",
    params=OfferParams,
    needs=lambda p, settings: (WHOLE, of_section("safety"), of_file(INSTRUCTIONS, "pack-document")),
    source="https://digital.nhs.uk/data-and-information/information-standards/information-standards-and-data-collections-including-extractions/publications-and-notifications/standards-and-collections/dcb0160-clinical-risk-management-its-application-in-the-deployment-and-use-of-health-it-systems",
)
def deployer_has_what_it_needs(ev: EvidenceView, p: OfferParams) -> Iterator[Statement]:
    """The deployment instructions are in the pack; controls handed over, training, limits and contacts are told.

    Good: each of ``parts`` in ``deployment`` of the section ``safety``. Bad: no route for incidents.
    """
    found, text = part(ev, "safety", "deployment"), file(ev, INSTRUCTIONS, "pack-document")
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="what the deploying organisation is given", evidence=found.evidence)
    facts: dict[str, Any] = found.facts
    for name in p.parts:
        if name not in facts:
            message = "The deploying organisation is not told all that it needs."
            yield found.finding(message, name, "nothing", f"{_SAID} /deployment/{name}")
    if isinstance(text, Undecided):
        yield text
    elif text.facts["form"] == "empty":
        yield text.finding("The deployment instructions are empty.", "a document", "empty", INSTRUCTIONS)
    elif text.facts["form"] == "other":
        yield text.undecided("the deployment instructions are no document that is known here", Reason.PREREQUISITE)
    else:
        yield Examined(what="the file of the deployment instructions", evidence=text.evidence)
