"""The mutants of the shared folder: each has one fault, which has to be found at its place.

``python -m tests.fhir.mutants [--only ID]`` prints the table.
"""

from __future__ import annotations

import argparse
import json
import re
from typing import Any

import msgspec

from checker.fhir import Validator
from checker.fhir.validation.issue import Issue
from tests.fhir.published import SHARED

FOLDER = SHARED / "mutants"


class Outcome(msgspec.Struct, frozen=True):
    """What was said of a mutant: whether it was caught, and whether at the right path."""

    id: str
    rule: str
    expected: str
    location: str
    caught: bool
    at_path: bool
    issues: tuple[str, ...]


def manifest() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_bytes())["mutants"]
    return found


def plain(path: str) -> str:
    """A path as it is compared: without indexes, choice types and slices."""
    return re.sub(r"\[\w*\]|\.ofType\(\w+\)|:\w+", "", path)


def near(issue: Issue, location: str) -> bool:
    """Whether an issue is at the location, or right above or below it."""
    here, there = plain(issue.path), plain(location)
    return here == there or here.startswith(there + ".") or there.rpartition(".")[0] == here


def judge(validator: Validator, mutant: dict[str, Any]) -> Outcome:
    asked = [mutant["profile"]] if mutant["profile"] else []
    result = validator.validate((FOLDER / mutant["file"]).read_bytes(), asked)
    wanted = ("fatal", "error") if mutant["expected"] == "invalid" else ("fatal", "error", "warning")
    said = [issue for issue in result.issues if issue.severity in wanted]
    fits = result.valid != (mutant["expected"] == "invalid") and bool(said)
    return Outcome(
        mutant["id"],
        mutant["rule"],
        mutant["expected"],
        mutant["location"],
        fits,
        fits and any(near(issue, mutant["location"]) for issue in said),
        tuple(f"{i.severity} {i.rule} {i.path}: {i.message}" for i in said),
    )


def outcomes(only: str = "") -> list[Outcome]:
    validator = Validator()
    return [judge(validator, mutant) for mutant in manifest() if mutant["id"].startswith(only)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    found = outcomes(options.only)
    for one in found:
        if options.only or not one.at_path:
            print(one.id, one.rule, one.expected, one.location, sep=" | ")  # noqa: T201
            for line in one.issues:
                print("    ", line[:240])  # noqa: T201
    print(f"{len(found)} mutants: {sum(o.caught for o in found)} caught, {sum(o.at_path for o in found)} at the path")  # noqa: T201


if __name__ == "__main__":
    main()
