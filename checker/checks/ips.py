"""International Patient Summaries: what an operation gives, and what is submitted as files.

Source: http://hl7.org/fhir/uv/ips/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import resource_of
from checker.fhir import statement as stated
from checker.fhir.patient_summary import problems
from checker.model.evidence import Artefact
from checker.model.need import CheckNeed, Need
from checker.model.registry import check, condition
from checker.model.requirement import Settings
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_GUIDE = "http://hl7.org/fhir/uv/ips/"
_OPERATION = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"
_METADATA = Need(probe="fhir.capabilities", params=NoParams())
_ASKED = Need(probe="ips.summary", params=NoParams(), optional=True)
_FILES = Need(probe="ips.documents", params=NoParams())


def _needs(p: NoParams, settings: Settings) -> list[CheckNeed]:
    return [_ASKED, _FILES]


@condition("ips.summary-is-declared", needs=lambda p, settings: [_METADATA], claim=True)
def summary_is_declared(ev: EvidenceView, p: NoParams) -> bool | None:
    """The CapabilityStatement declares the operation $summary of the International Patient Summary.

    Unknown when there is no readable statement, or one that lists no REST interface at all.
    """
    exchange = ev.record(_METADATA).exchange("metadata")
    found = exchange.json().value if exchange is not None and exchange.ok else None
    if not list(stated.rests(found)):
        return None
    return stated.has_operation(found, _OPERATION, "summary", "Patient")


def _summaries(ev: EvidenceView) -> Iterator[tuple[str, str, dict[str, Any]] | Undecided]:
    """(evidence id, what it is called, problems by part) of each summary, and the doubts about others."""
    for exchange in ev.record(_ASKED).exchanges("summary"):
        found = resource_of(exchange, "Bundle", "GET Patient/[id]/$summary")
        if isinstance(found, dict):
            yield exchange.id, exchange.request.url, problems(found)
        elif isinstance(found, Undecided):
            yield found
        else:
            message = "an answer to GET Patient/[id]/$summary is no summary"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    for item in ev.record(_FILES).evidence("document"):
        payload = item.read()
        if not isinstance(payload, Artefact):
            continue
        listed = payload.facts.get("summaries")
        for file, one in zip(payload.files, listed if isinstance(listed, list) else (), strict=False):
            name = f"{payload.artefact}/{file.path}"
            if isinstance(one, dict) and isinstance(one.get("problems"), dict):
                yield item.id, name, one["problems"]
            else:
                why = str(one.get("unread", "not read")) if isinstance(one, dict) else "not read"
                yield Undecided(reason=Reason.NO_DATA, message=f"{name}: {why}", evidence=(item.id,))


def _judged(ev: EvidenceView, part: str, message: str, expected: str) -> Iterator[Statement]:
    """One finding for each sort of problem in each summary."""
    count = 0
    for one in _summaries(ev):
        if isinstance(one, Undecided):
            yield one
            continue
        count += 1
        evidence, name, found = one
        for place, what in found.get(part, []):
            yield Finding(
                message=message, expected=expected, actual=what, place=f"{name}#{place}", evidence=(evidence,)
            )
        yield Examined(what="A patient summary was looked at.", evidence=(evidence,))
    if not count:
        message = "there is no patient summary: declare $summary, or submit files as artefacts of kind ips-document"
        yield Undecided(reason=Reason.NO_DATA, message=message)


@check("ips.bundle", needs=_needs, source=f"{_GUIDE}StructureDefinition-Bundle-uv-ips.html")
def bundle(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A summary is a document Bundle: identifier, timestamp, Composition first, one Patient, whole in itself.

    Looked at are the answers to ``GET Patient/[id]/$summary``, where the CapabilityStatement declares it, and every
    file of the artefacts of kind ``ips-document``. Every entry has a full URL, and none has search, request or
    response. Whatever the Composition refers to is in the Bundle, and so is whatever any resource refers to by a
    URN, by a fragment, or relative to a full URL that is a URN; other references may lead out.

    Good: ``{"resourceType": "Bundle", "type": "document", "identifier": {…}, "timestamp": "…", "entry": […]}``.
    Bad: type ``collection``; a section that refers to a Condition which is not in the Bundle.
    """
    yield from _judged(ev, "bundle", "A patient summary is no whole document.", "what Bundle-uv-ips asks for")


@check("ips.composition", needs=_needs, source=f"{_GUIDE}StructureDefinition-Composition-uv-ips.html")
def composition(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The Composition is of type LOINC 60591-5, is about the Patient, and has its three sections.

    Problems (11450-4), allergies (48765-2) and medications (10160-0): each once, with a title and a narrative, and
    with entries or an ``emptyReason``. A code that says that nothing is known is an entry as well. Entries are of the
    types that the section is about.

    Good: a section on allergies with the entry *No known allergy*; or without entries and with ``emptyReason``.
    Bad: no section on allergies: whoever reads it takes silence for none.
    """
    message = "The Composition of a patient summary is not as the guide has it."
    yield from _judged(ev, "composition", message, "what Composition-uv-ips asks for")


@check("ips.patient", needs=_needs, source=f"{_GUIDE}StructureDefinition-Patient-uv-ips.html")
def patient(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The Patient of a summary has a name with family, given or text, and a date of birth or why there is none.

    Good: ``"name": [{"text": "…"}], "birthDate": "1979"``. Bad: no ``birthDate``, and no data-absent-reason.
    """
    yield from _judged(ev, "patient", "The Patient of a summary is not told apart.", "what Patient-uv-ips asks for")


@check("ips.uk", needs=_needs, source=f"{_GUIDE}StructureDefinition-Bundle-uv-ips.html")
def uk(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The same summary can be used here: the Patient has an NHS number, and SNOMED CT goes by its own name.

    Whether the resources conform to UK Core, the profile of UK Core says.

    Good: an identifier of ``https://fhir.nhs.uk/Id/nhs-number``; codings of ``http://snomed.info/sct``.
    Bad: no NHS number; ``urn:oid:2.16.840.1.113883.6.96``.
    """
    yield from _judged(ev, "uk", "A patient summary cannot be used here as it is.", "an NHS number, and SNOMED CT")


@check("ips.operation", needs=lambda p, settings: [_METADATA, _ASKED], source=_OPERATION)
def operation(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """GET Patient/[id]/$summary answers with a Bundle of type document.

    For the first two patients that a search finds. Whether it is a good summary, other requirements say.

    Good: 200 with ``{"resourceType": "Bundle", "type": "document", …}``.
    Bad: 404 although the operation is declared; a searchset.
    """
    view = ev.record(_ASKED)
    asked = view.exchanges("summary")
    if not asked:
        yield view.undecided("GET Patient/[id]/$summary")
    for exchange in asked:
        found = resource_of(exchange, "Bundle", "GET Patient/[id]/$summary")
        if not isinstance(found, dict):
            yield found
        elif found.get("type") != "document":
            yield Finding(
                message="GET Patient/[id]/$summary gave a Bundle that is no document.",
                expected="a Bundle of type document",
                actual="another type",
                place=f"{exchange.request.url}#/type",
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what="$summary gave a document.", evidence=(exchange.id,))
