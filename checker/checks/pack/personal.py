"""Does an evidence pack hold data of patients?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.given import shortened, whole_by
from checker.checks.release_text import more_than_chance
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_PERSONAL = Need(probe="pack.personal-data", params=NoParams())
_BARE, _BORN, _TITLED = "bare-number", "birth-date", "titled-name"
_SORTS = {
    "nhs-number": "an NHS number that could be a patient's",
    "nino": "a National Insurance number",
    _BORN: "a date of birth",
}
_FEW = 3
"""So few unlabelled numbers may pass by chance, whatever the share."""


@check(
    "pack.holds-no-data-of-patients",
    needs=lambda p, settings: [_PERSONAL],
    source="https://www.legislation.gov.uk/eur/2016/679/article/5",
)
def holds_no_data_of_patients(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The text files of the pack hold no NHS number that could be a patient's, and no other data of one.

    Looked at are CSV, JSON, NDJSON, YAML, XML, HTML, Markdown and plain text; each cell of a table is read behind the
    name of its column. Numbers that begin with 9 are never issued; where a file holds those and no other, it is about
    nobody, and dates of birth and names in it are left alone. Ten digits without a label that pass by chance, and names
    after Mr or Mrs in other files than sections, are for a person to look at. Files that are no text are not looked
    at, and the report names how many. No value is kept or shown.

    Good: ``nhs_number,9990000018``. Bad: a ticket export with the number of a patient.
    """
    found = whole_by(ev, _PERSONAL, "personal")
    if isinstance(found, Undecided):
        yield found
        return
    for name in found.facts["unread"]:
        yield found.undecided(f"{shortened(name)} could not be read", Reason.PREREQUISITE)
    for one in found.facts["hits"]:
        yield from _of_file(found, one)
    if found.facts["read"]:
        yield Examined(what="text files of the pack", evidence=found.evidence, count=found.facts["read"])
    if no_text := found.facts["unscanned"]:
        said = f"Not looked at, since they are no text: {len(no_text)} files, such as {shortened(no_text[0])}."
        yield Examined(what=said, evidence=found.evidence)
    if not found.facts["read"]:
        yield found.undecided("the pack holds no text file")


def _of_file(found: Given, one: Mapping[str, Any]) -> Iterator[Statement]:
    sorts, bare = one["sorts"], one["bare"]
    many = bare["passing"] >= _FEW and more_than_chance(bare["passing"], bare["numbers"])
    about_nobody = one["synthetic"] and "nhs-number" not in sorts and not many
    for sort, words in _SORTS.items():
        if sort in sorts and not (sort == _BORN and about_nobody):
            yield _finding(found, one, sort, words)
    if many:
        yield _finding(found, one, _BARE, "numbers that could be NHS numbers of patients")
    elif _BARE in sorts:
        message = (
            f"{shortened(one['path'])}: {bare['passing']} of {bare['numbers']} numbers of ten digits have the check "
            f"digit of an NHS number: a person has to look, beginning at {sorts[_BARE]['places'][0]}"
        )
        yield found.undecided(message, Reason.HUMAN)
    if _TITLED in sorts and not about_nobody:
        message = f"{shortened(one['path'])}: whether a name with its title is a patient's, a person has to tell"
        yield found.undecided(f"{message} ({sorts[_TITLED]['places'][0]})", Reason.HUMAN)


def _finding(found: Given, one: Mapping[str, Any], sort: str, words: str) -> Statement:
    said = one["sorts"][sort]
    return found.finding(
        f"A file of the pack holds {words}: the pack must not be passed on.",
        "synthetic records, or none",
        f"{said['count']} found, not shown",
        f"{shortened(one['path'])}, {', '.join(said['places'])}",
        said["count"],
    )
