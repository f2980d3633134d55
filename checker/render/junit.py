"""JUnit XML for build servers, through ``junit-xml`` behind one guarded wrapper.

The law: failures plus errors are zero exactly when the exit code is 0. What is written is read
back and held against what was meant, because ``junit-xml`` drops what it does not like without
a word (a failure with no text becomes a pass) and a build server shows what is in the file.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from junit_xml import TestCase, TestSuite, to_xml_report_string  # noqa: TID251 - the one module that may

from checker import DISCLAIMER, __version__
from checker.errors import CheckerFault
from checker.model.report import Report
from checker.render.coherence import demand_coherent
from checker.render.junit_cases import CONCLUSION_NAME, RUN_CLASS, suite_of
from checker.render.junit_file import (
    NAME_CHARACTERS,
    PROPERTY_CHARACTERS,
    Case,
    Kind,
    Suite,
    budget,
    demand_reads_back,
    demand_sound,
    fitting,
)
from checker.render.visible import clip, one_line, visible


def render(report: Report) -> bytes:
    """The report as one suite. Raises ``CheckerFault`` if the file would not say what the report says."""
    demand_coherent(report)
    suite = suite_of(report)
    red = sum(case.kind in (Kind.FAILURE, Kind.ERROR) for case in suite.cases)
    if (red == 0) != (report.exit_code == 0):
        raise CheckerFault(
            f"The JUnit file would show {red} failures and errors, but the exit code is {report.exit_code}.",
            where=suite.name,
            next_step="Report this as a fault of the checker, with the JSON report.",
        )
    return write(suite)


def fault_junit(profile: str, exit_code: int, what: str, where: str, next_step: str) -> bytes:
    """A valid file with one error, for a command that ended without a report (exit codes 2, 4, 5, 130)."""
    if exit_code == 0:
        raise CheckerFault("A fault cannot end with exit code 0.", where=where, next_step="Report this fault.")
    first = one_line(what).strip() or "The command ended without a report."
    lines = [
        first,
        f"where: {visible(where) or '(not known)'}",
        f"next: {visible(next_step) or '(nothing to suggest)'}",
    ]
    lines += [f"exit code: {exit_code}", "Nothing was judged: this file says nothing about the supplier.", DISCLAIMER]
    case = Case(
        classname=RUN_CLASS,
        name=CONCLUSION_NAME,
        kind=Kind.ERROR,
        type=f"exit-{exit_code}",
        message=first,
        body="\n".join(lines),
    )
    properties = {"exit code": str(exit_code), "tool version": __version__, "disclaimer": DISCLAIMER}
    return write(Suite(name=one_line(profile) or "checker", cases=(case,), properties=properties))


def write(suite: Suite) -> bytes:
    """The suite as UTF-8 with a declaration. Raises ``CheckerFault`` if it does not read back as meant."""
    limit = budget(len(suite.cases))
    cases = tuple(fitting(case, limit) for case in suite.cases)
    demand_sound(cases)
    # Without pretty printing: minidom would turn line ends in attributes into spaces.
    text = to_xml_report_string([_package_suite(suite, cases)], prettyprint=False, encoding="utf-8")
    root = ET.fromstring(text.encode("utf-8"))  # noqa: S314 - what junit-xml just wrote, not a stranger's
    _complete(root, suite)
    ET.indent(root)
    written = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"
    demand_reads_back(written, cases)
    return written


def _package_suite(suite: Suite, cases: tuple[Case, ...]) -> TestSuite:
    return TestSuite(
        one_line(suite.name),
        [_package_case(case) for case in cases],
        properties={
            clip(one_line(name), NAME_CHARACTERS): clip(one_line(value), PROPERTY_CHARACTERS)
            for name, value in suite.properties.items()
        },
        # The common schema of JUnit files forbids a zone here, so the moment is in UTC without one.
        timestamp=_moment(suite.moment) if suite.moment else None,
        hostname=clip(one_line(suite.target), NAME_CHARACTERS) or None,
    )


def _moment(when: datetime) -> str:
    """Year to second in UTC. A moment without a zone is taken as UTC, never as the runner's own zone."""
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _package_case(case: Case) -> TestCase:
    made = TestCase(
        case.name, classname=case.classname, file=case.file or None, line=case.line or None, stdout=case.said or None
    )
    if case.kind is Kind.FAILURE:
        made.add_failure_info(case.message, case.body, case.type)
    elif case.kind is Kind.ERROR:
        made.add_error_info(case.message, case.body, case.type)
    elif case.kind is Kind.SKIPPED:
        made.add_skipped_info(case.message, case.body)
    return made


def _complete(root: ET.Element, suite: Suite) -> None:
    """Add what ``junit-xml`` leaves out: the skipped count and the name of the root, and times of zero."""
    root.set("skipped", str(sum(int(child.get("skipped", "0")) for child in root.iter("testsuite"))))
    root.set("name", one_line(suite.name))
    # A report holds no durations, so that the same inputs give the same bytes.
    for element in (root, *root.iter("testsuite"), *root.iter("testcase")):
        element.set("time", "0")
