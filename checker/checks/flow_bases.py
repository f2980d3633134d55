"""What each declared flow says of the national data opt-out, and of the basis under the duty of confidentiality.

What is judged stands in the register. Whether a flow is rightly exempt is for people to say: found is what is missing,
and what contradicts itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from checker.checks.register import REGISTER, Declared, declared
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_OPT_OUT = (
    "https://digital.nhs.uk/data-and-information/information-standards/information-standards-and-data-collections-"
    "including-extractions/publications-and-notifications/standards-and-collections/dcb3058-compliance-with-national-"
    "data-opt-outs"
)
_CONSENT = "6(1)(a)"
_ANONYMISED: Final = "anonymised"
_DIRECT: Final = tuple(
    f"{kind}.{name}"
    for kind in ("Patient", "Person", "RelatedPerson")
    for name in ("identifier", "name", "telecom", "address", "photo")
)
"""Elements that say who somebody is: a flow that has them is not anonymised."""


def _with_health(ev: EvidenceView) -> Declared | Undecided:
    """The declared flows of health data."""
    found = declared(ev, "dataflows")
    if isinstance(found, Undecided):
        return found
    flows = [flow for flow in found.section if flow["health"] == "yes"]
    if not flows:
        message = "the register declares no flow of health data"
        return Undecided(reason=Reason.NO_DATA, message=message, evidence=found.evidence)
    return found._replace(section=flows)


def _finding(message: str, expected: str, actual: str, flow: dict[str, Any], key: str, found: Declared) -> Finding:
    place = f"dataflows {flow['id']} {key}"
    return Finding(message=message, expected=expected, actual=actual, place=place, evidence=found.evidence)


@check("opt-out.flows-say-whether-it-applies", needs=lambda p, settings: [REGISTER], source=_OPT_OUT)
def flows_say_whether_it_applies(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each flow of health data says whether the national data opt-out applies, and if not, which exemption.

    The flows stand in the register (``dataflows``), each with its purpose; ``opt-out`` holds ``applies`` and, where it
    does not, ``exemption``: direct-care, legal-requirement, public-health, consent or anonymised. A flow is not
    anonymised while it has names, identifiers, addresses, contacts or photos of people.

    Good: ``applies: "no"``, ``exemption: direct-care``. Bad: ``applies: "no"`` alone; anonymised, with Patient.name.
    """
    found = _with_health(ev)
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="flows of health data and the opt-out", evidence=found.evidence, count=len(found.section))
    for flow in found.section:
        said = flow.get("opt-out", {})
        if "applies" not in said:
            message = "A flow of health data does not say whether the national data opt-out applies."
            yield _finding(message, "applies, yes or no", "nothing", flow, "opt-out", found)
        elif said["applies"] == "no" and "exemption" not in said:
            message = "A flow to which the opt-out does not apply names no exemption."
            yield _finding(message, "an exemption", "none", flow, "opt-out", found)
        elif said["applies"] == "no" and said["exemption"] == _ANONYMISED:
            named = sorted(path for path in flow["paths"] if ".".join(path.split(".")[:2]) in _DIRECT)
            if named:
                message = "A flow is exempt as anonymised, and says who people are."
                yield _finding(message, "no such element", ", ".join(named[:3]), flow, "paths", found)


@check(
    "flows.confidentiality-is-apart",
    needs=lambda p, settings: [REGISTER],
    source="https://www.legislation.gov.uk/eur/2016/679/article/6",
)
def confidentiality_is_apart(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each flow of health data records its basis under the duty of confidentiality, apart from that of UK GDPR.

    ``confidentiality`` is consent, section-251, legal-duty, public-interest or none-needed (data that nobody is known
    by). Consent, 6(1)(a), is no basis of a task of a public authority; where it is the basis of both, ``withdrawal``
    says how it is taken back.

    Good: 6(1)(e), and consent under confidentiality. Bad: a public task on 6(1)(a).
    """
    found = _with_health(ev)
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="flows with two bases", evidence=found.evidence, count=len(found.section))
    for flow in found.section:
        basis, confidential = flow.get("article-6", ""), flow.get("confidentiality", "")
        if not confidential:
            message = "A flow of health data names no basis under the duty of confidentiality."
            yield _finding(message, "a basis of its own", "none", flow, "confidentiality", found)
        if basis == _CONSENT and flow.get("public-task") == "yes":
            message = "Consent is named as the basis of a public task."
            yield _finding(message, "6(1)(e), or another basis", basis, flow, "article-6", found)
        elif basis == _CONSENT and confidential == "consent" and not flow.get("withdrawal"):
            message = "Consent is the basis of both, and nothing says how it is withdrawn."
            yield _finding(message, "a way to withdraw", "none", flow, "withdrawal", found)
