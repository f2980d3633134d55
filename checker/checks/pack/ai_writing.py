"""Functions that write: what they leave out and invent, who signs off, what becomes of sound. And BS 30440."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from checker.checks.assured import Given
from checker.checks.pack.confusion import wilson
from checker.checks.pack.figures import agree
from checker.checks.pack.given import WHOLE, of_section, part
from checker.checks.pack.said import Part, grouped, incomplete, not_held, parts, shown
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_SCRIBES = "https://www.england.nhs.uk/long-read/guidance-on-the-use-of-ai-enabled-ambient-scribing-products-in-health-and-care-settings"


@check("ai.scribes-are-measured", needs=lambda p, settings: [WHOLE, of_section("ai")], source=_SCRIBES)
def scribes_are_measured(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """For each function that writes: omissions and inventions with counts and Wilson's intervals, and sign-offs.

    The rates follow from the counts, in percent. Some documents at least were signed off before they were filed;
    which share is enough is not held here. How patients are told and how long sound is kept are stated. Each entry of a
    function is held to it.

    Good: 24 of 1,200 statements left out, 2.0 % (1.3 to 3.0). Bad: 2.0 % of nothing said; a note that nobody signs.
    """
    found = parts(ev, "ai", "functions", "scribes")
    if isinstance(found, Undecided):
        yield found
        return
    functions, scribes = found
    if not any(one.get("kind") == "generates" for one in functions.facts):
        yield functions.undecided("no function of the section 'ai' says that it generates")
        return
    said = grouped(scribes.facts, "function")
    yield Examined(what="rates of functions that write", evidence=scribes.evidence, count=max(len(said), 1))
    for function in functions.facts:
        if function.get("kind") != "generates":
            continue
        place = f"section ai scribes {function['id']}"
        if function["id"] not in said:
            yield scribes.finding("A function that writes was not measured.", "an entry", "none", place)
        for one in said.get(function["id"], []):
            yield from _scribe(scribes, one, place)


def _scribe(found: Given, one: Part, place: str) -> Iterator[Finding]:
    wanted = ("test-set", "notes", "due", "omitted", "omission", "written", "invented", "invention", "signed")
    yield from incomplete(found, "What a function that writes does is not measured.", one, place, *wanted)
    yield from incomplete(found, "Consent and sound are not spoken of.", one, place, "notice", "audio-kept")
    yield from _rate(found, one, ("omission", "omitted", "due"), place, interval=True)
    yield from _rate(found, one, ("invention", "invented", "written"), place, interval=True)
    yield from _rate(found, one, ("sign-off", "signed", "notes"), place, interval=False)
    if one.get("signed") and int(one["signed"]) == 0:
        message = "No clinician signs what the function writes."
        yield found.finding(message, "documents that are signed off", one["signed"], f"{place} signed")


def _rate(found: Given, one: Part, names: tuple[str, str, str], place: str, *, interval: bool) -> Iterator[Finding]:
    rate, part_of, whole_of = names
    if not all(one.get(name) for name in (part_of, whole_of)):
        return
    counted, among = int(one[part_of]), int(one[whole_of])
    if not among or counted > among:
        message = "A rate is of nobody, or its part is more than its whole."
        yield found.finding(message, f"{part_of} of {whole_of}", f"{counted} of {among}", f"{place} {rate}")
        return
    share = Decimal(100) * counted / among
    if one.get(rate) and not agree(one[rate], share):
        message = f"The rate {rate} does not follow from its counts."
        yield found.finding(message, f"{counted}/{among} = {share:.3f} %", one[rate], f"{place} {rate}")
    if interval:
        ends = [one.get(f"{rate}-low"), one.get(f"{rate}-high")]
        true = [100 * end for end in wilson(counted, among)]
        if not all(said and agree(said, end) for said, end in zip(ends, true, strict=True)):
            message = f"The rate {rate} has no interval, or another than Wilson's for these counts."
            actual = " to ".join(said or "missing" for said in ends)
            yield found.finding(message, f"{true[0]:.3f} to {true[1]:.3f}", actual, f"{place} {rate}")


@check(
    "ai.bs-30440",
    needs=lambda p, settings: [WHOLE, of_section("ai")],
    source="https://knowledge.bsigroup.com/products/validation-framework-for-the-use-of-artificial-intelligence-ai-within-healthcare-specification",
)
def bs_30440(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Where BS 30440 is used, there is a certificate in the pack, or each clause has an answer and evidence in it.

    Which clauses there are is not held here: the standard is not free to read.

    Good: an artefact that is the certificate. Bad: a clause that is answered by nothing.
    """
    found = part(ev, "ai", "bs-30440")
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="BS 30440", evidence=found.evidence)
    certificate, clauses = found.facts.get("certificate"), found.facts.get("clauses", [])
    if certificate and not_held(ev, [certificate]):
        yield found.finding("The certificate is not in the pack.", "an artefact", "none", "section ai bs-30440")
    if not certificate and not clauses:
        yield found.finding("Neither certificate nor clauses are given.", "one of them", "none", "section ai bs-30440")
    for one in clauses:
        place = f"section ai bs-30440 clause {one['id']}"
        yield from incomplete(found, "A clause is not answered.", one, place, "answer", "evidence")
        for name in not_held(ev, one.get("evidence", ())):
            yield found.finding("What a clause rests on is not in the pack.", shown(name), "none", place)
