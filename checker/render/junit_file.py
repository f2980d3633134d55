"""JUnit cases that fit, and the proof, by reading a file back, that it says what was meant."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import datetime
from enum import StrEnum
from xml.sax.saxutils import quoteattr

from checker.errors import CheckerFault
from checker.model.value import Value
from checker.render.visible import clip, one_line, visible

CASE_BYTES = 8000
"""At most so many bytes of text a case; build servers refuse or cut large files."""

FILE_BYTES = 20_000_000
"""At most about so many bytes of cases a file: GitLab reads none of 30 MB or more."""

PROPERTY_CHARACTERS = 2000
"""At most so many characters of a property's value."""

NAME_CHARACTERS = 200
"""At most so many characters of a name."""

_MESSAGE_CHARACTERS = 400
_SAID_CHARACTERS = 4000
_CUT = "\n[truncated: the JSON report has the whole text]"


class Kind(StrEnum):
    """What a case becomes; the value is the name of the element, "" for none."""

    PASS = ""
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


class Case(Value, frozen=True, kw_only=True):
    """One test case with at most one outcome element."""

    classname: str
    name: str
    kind: Kind
    type: str = ""
    message: str = ""
    body: str = ""
    said: str = ""
    """Text beside a pass (``system-out``), which itself carries none. Build servers show it with the case."""
    file: str = ""
    """Where the requirement is written: annotations of build servers land there."""
    line: int = 0
    """The line in that file; 0 for none."""


class Suite(Value, frozen=True, kw_only=True):
    """One suite of cases in order."""

    name: str
    cases: tuple[Case, ...]
    properties: dict[str, str] = {}
    moment: datetime | None = None
    target: str = ""


def class_part(text: str) -> str:
    """One part of a class name: a dot or space in it would move the case to another package."""
    return re.sub(r"[^0-9A-Za-z_-]+", "-", one_line(text)).strip("-")[: NAME_CHARACTERS // 2] or "general"


def _size(text: str) -> int:
    return len(quoteattr(text).encode("utf-8"))


def budget(cases: int) -> int:
    """How many bytes each of so many cases may have, so that the file stays within its own limit."""
    return min(CASE_BYTES, FILE_BYTES // max(cases, 1))


def fitting(case: Case, limit: int = CASE_BYTES) -> Case:
    """The case with every text visible and within ``limit`` bytes. A pass has only what is said beside it."""
    name = clip(one_line(case.name), NAME_CHARACTERS)
    file = clip(one_line(case.file), NAME_CHARACTERS)
    if case.kind is Kind.PASS:
        said = clip(visible(case.said), _SAID_CHARACTERS)
        return Case(classname=case.classname, name=name, kind=case.kind, said=said, file=file, line=case.line)
    message = clip(one_line(case.message), _MESSAGE_CHARACTERS)
    body = visible(case.body)
    room = limit - _size(name) - _size(message) - _size(case.classname) - _size(file)
    if _size(body) > room:
        room -= _size(_CUT)
        kept = 0
        for kept, character in enumerate(body):  # noqa: B007 - the index after the loop is the result
            room -= _size(character) - 2
            if room < 0:
                break
        body = body[:kept] + _CUT
    return Case(
        classname=case.classname,
        name=name,
        kind=case.kind,
        type=case.type,
        message=message,
        body=body,
        file=file,
        line=case.line,
    )


def _fault(what: str) -> CheckerFault:
    return CheckerFault(what, where="JUnit output", next_step="Report this as a fault of the checker.")


def demand_sound(cases: tuple[Case, ...]) -> None:
    """What ``junit-xml`` or a build server would lose without a word is refused here."""
    for case in cases:
        if case.kind is not Kind.PASS and not (case.message.strip() and case.body.strip()):
            raise _fault(f"The case {case.name!r} is {case.kind.value} but has no text, and would show as a pass.")
        if not case.name or not case.classname:
            raise _fault("A test case has no name.")
    twice = [key for key, times in Counter((case.classname, case.name) for case in cases).items() if times > 1]
    if twice:
        raise _fault(f"Two test cases are called {twice[0][1]!r}; build servers keep only the first.")


def demand_reads_back(written: bytes, cases: tuple[Case, ...]) -> None:
    """Parse the bytes as a build server would and compare names, outcomes and every count."""
    root = ET.fromstring(written)  # noqa: S314 - our own output, not a stranger's
    read = [(*_place(case), *_outcome(case)) for case in root.iter("testcase")]
    meant = [
        (case.classname, case.name, case.file, case.line, case.said, case.kind.value, case.message, case.body)
        for case in cases
    ]
    if read != meant:
        raise _fault("The JUnit file does not read back as it was meant.")
    kinds = Counter(case.kind for case in cases)
    counts = {
        "tests": len(cases),
        "failures": kinds[Kind.FAILURE],
        "errors": kinds[Kind.ERROR],
        "skipped": kinds[Kind.SKIPPED],
    }
    for element in (root, *root.findall("testsuite")):
        wrong = [name for name, count in counts.items() if element.get(name) != str(count)]
        if wrong:
            raise _fault(f"The count of {wrong[0]} at <{element.tag}> is not what was meant.")


def _place(case: ET.Element) -> tuple[str, str, str, int, str]:
    said = case.findtext("system-out", "")
    return case.get("classname", ""), case.get("name", ""), case.get("file", ""), int(case.get("line", "0")), said


def _outcome(case: ET.Element) -> tuple[str, str, str]:
    outcomes = [child for child in case if child.tag != "system-out"]
    if len(outcomes) > 1:
        raise _fault("A test case has more than one outcome.")
    if not outcomes:
        return "", "", ""
    return outcomes[0].tag, outcomes[0].get("message", ""), outcomes[0].text or ""
