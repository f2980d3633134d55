"""What build servers keep of a JUnit file: their reading rules in our own words.

Each reader takes the bytes and gives what its users would see. The rules were read in the servers'
own sources and documentation; they are a model of them, made to be at least as strict.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.dom import minidom

GITLAB_FILE_BYTES = 30_000_000
"""GitLab's documented limit of one file; a larger one is not read."""

_TYPECAST = {
    *("symbol", "date", "datetime", "integer", "float", "decimal", "boolean", "string", "yaml"),
    *("base64Binary", "file", "array", "hash"),
}
"""Values of a ``type`` attribute by which Ruby's XML reader turns an element into something else, or refuses it."""


@dataclass(frozen=True)
class Shown:
    """One test as a server shows it."""

    name: str
    group: str
    """Class, or what the server groups by."""
    red: bool
    skipped: bool
    headline: str = ""
    """What is seen without a click."""
    details: str = ""
    """What is seen after one."""
    file: str = ""
    line: int = 0


Reader = Callable[[bytes], list[Shown]]


def gitlab(data: bytes) -> list[Shown]:
    """GitLab: the first of failure, error, skipped; only the element's text; one test for each class and name."""
    assert len(data) < GITLAB_FILE_BYTES
    root = ET.fromstring(data)
    assert root.tag == "testsuites"
    kept: dict[tuple[str, str], Shown] = {}
    for case in root.iter("testcase"):
        child = next(
            (found for kind in ("failure", "error", "skipped") if (found := case.find(kind)) is not None), None
        )
        kind = "" if child is None else child.tag
        assert child is None or child.get("type") not in _TYPECAST
        key = (case.get("classname", ""), case.get("name", ""))
        kept.setdefault(
            key,
            Shown(
                name=key[1],
                group=key[0],
                red=kind in ("failure", "error"),
                skipped=kind == "skipped",
                details="" if child is None else (child.text or "").strip(),
                file=case.get("file", ""),
            ),
        )
    return list(kept.values())


def jenkins(data: bytes) -> list[Shown]:
    """Jenkins: a strict DOM; class split at its last dot; message, then text; skipped beats failed."""
    text = data.decode("utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text)
    assert not re.search(r"&#(x0*([0-8bcef]|1[0-9a-f])|0*([0-8]|1[124-9]|2[0-9]|3[01]));", text, re.IGNORECASE)
    with minidom.parseString(data) as document:
        shown = []
        for suite in document.getElementsByTagName("testsuite"):
            assert suite.getAttribute("name")
            # An error of the suite itself becomes a test of its own.
            assert not [child for child in suite.childNodes if child.nodeName == "error"]
            for case in suite.getElementsByTagName("testcase"):
                children = {one.nodeName: one for one in case.childNodes if isinstance(one, minidom.Element)}
                wrong = children.get("error") or children.get("failure")
                said = wrong or children.get("skipped")
                package, _, name = (case.getAttribute("classname") or suite.getAttribute("name")).rpartition(".")
                shown.append(
                    Shown(
                        name=case.getAttribute("name"),
                        group=f"{package}/{name}",
                        red=wrong is not None and "skipped" not in children,
                        skipped="skipped" in children,
                        headline=said.getAttribute("message") if said else "",
                        details="".join(_text(node) for node in said.childNodes) if said else "",
                    )
                )
                float(case.getAttribute("time"))
    return shown


def _text(node: object) -> str:
    return node.data if isinstance(node, minidom.Text) else ""


def github_annotations(data: bytes) -> list[Shown]:
    """mikepenz/action-junit-report: file and line, the first failure, message or the first two lines of text.

    A case that is also skipped counts as skipped; emoji are taken out.
    """
    return [_github(suite, case) for suite, case in _cases(data)]


def _github(suite: ET.Element, case: ET.Element) -> Shown:
    wrong = next((child for child in case if child.tag in ("failure", "error")), None)
    skipped = case.find("skipped") is not None
    text = (wrong.text or "").strip() if wrong is not None else ""
    message = wrong.get("message", "") if wrong is not None else ""
    places = [case, *([wrong] if wrong is not None else []), suite]
    return Shown(
        name=_without_emoji(case.get("name", "")),
        group=case.get("classname", ""),
        red=wrong is not None and not skipped,
        skipped=skipped,
        headline=_without_emoji(message or "\n".join(text.split("\n")[:2])),
        details=_without_emoji(text),
        file=next((place.get("file", "") for place in places if place.get("file")), ""),
        line=next((int(place.get("line", "0")) for place in places if place.get("line")), 0),
    )


def _without_emoji(text: str) -> str:
    return re.sub("[\U0001f000-\U0001faff☀-➿]", "", text)


def github_checks(data: bytes) -> list[Shown]:
    """EnricoMi/publish-unit-test-result: error before failure before skipped; merged by file, class and name."""
    merged: dict[tuple[str, str, str], Shown] = {}
    for suite, case in _cases(data):
        file = case.get("file") or suite.get("file") or ""
        outcomes = [child for kind in ("error", "failure", "skipped") for child in case.findall(kind)]
        worst = outcomes[0] if outcomes else None
        key = (file, case.get("classname", ""), case.get("name", ""))
        merged.setdefault(
            key,
            Shown(
                name=key[2],
                group=key[1],
                red=worst is not None and worst.tag != "skipped",
                skipped=worst is not None and worst.tag == "skipped",
                headline="" if worst is None else worst.get("message", ""),
                details="" if worst is None else (worst.text or ""),
                file=file,
                line=int(case.get("line", "0")),
            ),
        )
        # Absurd times end this reader; none may be missing.
        assert float(case.attrib["time"]) >= 0
    return list(merged.values())


def github_reporter(data: bytes) -> list[Shown]:
    """dorny/test-reporter: grouped by class; the first failure or error; a file only from a stack trace."""
    shown = []
    for _, case in _cases(data):
        wrong = case.find("failure")
        wrong = case.find("error") if wrong is None else wrong
        shown.append(
            Shown(
                name=case.attrib["name"],
                group=case.attrib["classname"],
                red=wrong is not None,
                skipped=wrong is None and case.find("skipped") is not None,
                headline="" if wrong is None else wrong.get("message", ""),
                details="" if wrong is None else (wrong.text or ""),
            )
        )
    return shown


def _cases(data: bytes) -> Iterator[tuple[ET.Element, ET.Element]]:
    """Each case with the suite that is nearest to it."""
    root = ET.fromstring(data)
    assert root.tag in ("testsuites", "testsuite")
    for suite in root.iter("testsuite"):
        for case in suite.findall("testcase"):
            yield suite, case


READERS: dict[str, Reader] = {
    "gitlab": gitlab,
    "jenkins": jenkins,
    "mikepenz": github_annotations,
    "enricomi": github_checks,
    "dorny": github_reporter,
}
"""Name → what it reads."""
