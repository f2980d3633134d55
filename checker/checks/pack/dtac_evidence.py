"""Is each criterion of the DTAC form met by the answer, and shown by what the pack holds?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.checks.pack.communication_needs import artefacts, without
from checker.checks.pack.dtac_form import NEEDS, SECTION, TEXT, Answers, Question, answers, questions
from checker.checks.pack.given import shortened
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_DTAC = "https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/"
_AFTER_THE_CHARTER = ("C3.3", "C3.4", "C3.5", "C3.6")


@check("dtac.criteria-are-shown", needs=lambda p, settings: list(NEEDS), source=_DTAC)
def criteria_are_shown(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each criterion of C1 to C4 is answered as met, and where the form asks for a document, one of its kind is there.

    An answer that does not meet a criterion is one that the form lets stand where another question explains it (C4.1.3,
    C4.2.3, C4.2.6). What a document says is for the rows of its subject: the format ``dtac-csv`` puts them together.

    Good: C3.1 *Provided* with a certificate of the scheme. Bad: C2.2.2 *Provided* with nothing, or a price list.
    """
    found = answers(ev)
    if isinstance(found, Undecided):
        yield found
        return
    known = artefacts(ev)
    if isinstance(known, Undecided):
        yield known
        return
    for question in questions():
        if question.passes and question.code not in found.skipped and not _may_be_missing(question, found):
            yield _criterion(found, question, known)


def _may_be_missing(question: Question, found: Answers) -> bool:
    return question.optional and question.code not in found.entries


def _criterion(found: Answers, question: Question, known: Mapping[str, Any]) -> Statement:
    place = f"section {SECTION} answers {question.code}"
    said = found.option(question.code)
    if not said:
        message = f"{question.code} ({question.topic}) has no answer that can be told"
        return found.given.undecided(message, Reason.PREREQUISITE)
    if said not in question.passes:
        if question.or_by and found.text(question.or_by):
            what = f"{question.code}, which {question.or_by} explains"
            return Examined(what=what, evidence=found.given.evidence)
        message = f"A criterion is not met: {question.topic}."
        expected = " or ".join(question.passes) + (f", or {question.or_by}" if question.or_by else "")
        return found.given.finding(message, expected, said, place)
    if said not in question.when:
        return Examined(what=f"{question.code}: {said}", evidence=found.given.evidence)
    entry = found.entries[question.code]
    if not entry.get("evidence"):
        message = f"A criterion is answered as met, and nothing shows it: {question.topic}."
        return found.given.finding(message, f"an artefact: {_asked(question)}", "none", place)
    if missing := without(entry, known):
        return found.given.finding("Evidence is cited that is in no pack.", "an artefact", missing[0], place)
    cited = [known[one] for one in entry["evidence"]]
    if not any(one["kind"] in question.kinds or one.get("scheme") in question.schemes for one in cited):
        message = f"What is cited is of another kind than what is asked for: {question.topic}."
        return found.given.finding(message, _asked(question), ", ".join(one["kind"] for one in cited), place)
    return Examined(what=f"{question.code}: {said}, with its document", evidence=found.given.evidence)


def _asked(question: Question) -> str:
    return " or ".join(dict.fromkeys((*question.kinds, *question.schemes)))


class Charter(Params, frozen=True, kw_only=True):
    """The kinds of artefacts that show that the charter was signed."""

    kinds: tuple[str, ...] = ("cyber-charter", "cyber-security-charter")


@check("dtac.charter-is-shown", params=Charter, needs=lambda p, settings: list(NEEDS), source=_DTAC)
def charter_is_shown(ev: EvidenceView, p: Charter) -> Iterator[Statement]:
    """Where the signed charter is the reason to pass over C3.3 to C3.6, the pack shows that it was signed.

    Who answers these questions all the same passes over nothing.

    Good: C3.2 *Yes* with the signed charter. Bad: C3.2 *Yes* alone, and C3.3 to C3.6 left out.
    """
    found, known = answers(ev), artefacts(ev)
    if isinstance(found, Undecided):
        yield found
        return
    if isinstance(known, Undecided):
        yield known
        return
    place = f"section {SECTION} answers C3.2"
    entry = found.entries.get("C3.2")
    if entry is None:
        yield found.given.undecided("C3.2 has no answer", Reason.PREREQUISITE)
        return
    left_out = [code for code in _AFTER_THE_CHARTER if code not in found.entries]
    cited = [known[one] for one in entry.get("evidence", []) if one in known]
    if not left_out or any(one["kind"] in p.kinds for one in cited):
        yield Examined(what="the charter" if left_out else "C3.3 to C3.6", evidence=found.given.evidence)
        return
    message = "The charter is the reason why questions are passed over, and nothing shows that it was signed."
    actual = ", ".join(one["kind"] for one in cited) or (
        "an id that is in no pack" if entry.get("evidence") else "none"
    )
    yield found.given.finding(message, f"an artefact: {' or '.join(p.kinds)}", actual, place)


@check("dtac.patients-are-authenticated", needs=lambda p, settings: list(NEEDS), source=_DTAC)
def patients_are_authenticated(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Patients log on by NHS login, which the pack shows, or by a way that is told; care providers by DAPB3051.

    NHS login that nothing in the pack shows is left open. What a server says of itself is for other rows.

    Good: C4.2.4 *Yes* with the agreement on NHS login. Bad: *No*, and no word on C4.2.6; *Not applicable* for patients.
    """
    found, known = answers(ev), artefacts(ev)
    if isinstance(found, Undecided):
        yield found
        return
    if isinstance(known, Undecided):
        yield known
        return
    yield _login(found, known)
    care = found.option("C4.2.5")
    if "C4.2.5" in found.entries and care == "no":
        message = "Users of care providers are not authenticated by DAPB3051."
        yield found.given.finding(message, "yes, or not-applicable", "no", f"section {SECTION} answers C4.2.5")


def _login(found: Answers, known: Mapping[str, Any]) -> Statement:
    place = f"section {SECTION} answers C4.2.4"
    if "C4.2.4" in found.skipped or "C4.2.4" not in found.entries:
        return found.given.undecided("the form says nothing of how patients log on", Reason.PREREQUISITE)
    said = found.option("C4.2.4")
    if said == "not-applicable":
        message = "The product is for patients, and the form says that it is not."
        return found.given.finding(message, "yes or no", "not-applicable", place)
    if said == "no":
        if found.option("C4.2.6") == TEXT:
            return Examined(what="C4.2.6, another way to log on", evidence=found.given.evidence)
        message = "NHS login is not used, and it is not said how patients log on."
        return found.given.finding(message, "an answer to C4.2.6", "none", place)
    if said != "yes":
        answer = shortened(found.text("C4.2.4"))
        return found.given.undecided(f"C4.2.4 has an answer that cannot be told: {answer}", Reason.PREREQUISITE)
    entry = found.entries["C4.2.4"]
    if missing := without(entry, known):
        return found.given.finding("Evidence is cited that is in no pack.", "an artefact", missing[0], place)
    if not entry.get("evidence"):
        return found.given.undecided("NHS login is said to be used, and nothing in the pack shows it")
    kinds = [known[one]["kind"] for one in entry["evidence"]]
    if not any("login" in kind.replace("-", "") for kind in kinds):
        message = f"whether a file of kind {kinds[0]} shows that NHS login is used, a person has to tell"
        return found.given.undecided(message, Reason.HUMAN)
    return Examined(what="NHS login", evidence=found.given.evidence)
