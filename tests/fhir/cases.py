"""The official validator cases of the shared folder: what they are, and what this validator says of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from tests.fhir.published import SHARED

FOLDER = SHARED / "validator-cases"
WORKERS = 2


class Check(msgspec.Struct, frozen=True):
    """One check: a file, what it is judged by, and whether HL7's validator recorded an error."""

    id: str
    module: str
    file: str
    kind: str
    profile: str | None
    packages: tuple[str, ...]
    options: dict[str, Any]
    invalid: bool
    expected: tuple[str, ...]


class Verdict(msgspec.Struct, frozen=True):
    """What this validator said of a check: the errors, one line for each."""

    id: str
    errors: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def invalid(self) -> bool:
        return bool(self.errors)


def checks(only: str | None = None, module: str | None = None) -> Iterator[Check]:
    """The checks of the manifest, all or those whose id begins with ``only`` and are of the module."""
    for case in json.loads((FOLDER / "manifest.json").read_bytes())["cases"]:
        for one in case["checks"]:
            if (only and not one["id"].startswith(only)) or (module and case["module"] != module):
                continue
            extra = [one["profile_file"]] if one["profile_file"] else []
            yield Check(
                id=one["id"],
                module=case["module"],
                file=case["file"],
                kind=one["kind"],
                profile=one["profile"],
                packages=tuple(dict.fromkeys([*extra, *one["supporting"], *one["packages"]])),
                options=case["options"],
                invalid=one["invalid"],
                expected=tuple(
                    f"{e['severity']} {e['path']}: {e['message']}" + (" [terminology server]" if e["tx"] else "")
                    for e in one["expected"]
                    if e["severity"] in ("error", "fatal")
                ),
            )


def judge(check: Check) -> Verdict:
    """Validate the file of a check as the command does."""
    from checker.fhir import Validator
    from checker.fhir.validation.run import Options

    files = FOLDER / "files"
    options = Options(
        structure_definitions=(check.profile,) if check.profile and check.kind == "profile" else (),
        today=date(2026, 1, 1),
        example_urls=check.options.get("examples", True),
        assume_valid_references=check.options.get("assumeValidRestReferences", False),
    )
    validator = Validator(
        packages=[files / name for name in check.packages], options=options, supplied=_supplied(files, check.packages)
    )
    result = validator.validate((files / check.file).read_bytes())
    return Verdict(
        check.id,
        tuple(f"{i.rule} {i.path} ({i.line}): {i.message}" for i in result.issues if i.is_error),
        tuple(f"{p.definition} {p.element or ''}: {p.message}" for p in result.definition_problems),
    )


def _supplied(files: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    found = []
    for name in names:
        if name.endswith(".json"):
            resource = json.loads((files / name).read_bytes())
            if "url" not in resource:
                found.append(resource)
    return found


def judge_all(wanted: Iterable[Check], workers: int = WORKERS) -> dict[str, Verdict]:
    """The verdicts by id, worked out in a few processes."""
    listed = list(wanted)
    if workers < 2 or len(listed) < 4:
        return {check.id: _judged(check) for check in listed}
    with ProcessPoolExecutor(workers) as pool:
        return {verdict.id: verdict for verdict in pool.map(_judged, listed, chunksize=4)}


def _judged(check: Check) -> Verdict:
    try:
        return judge(check)
    except Exception as error:  # a crash is a verdict of its own, and never agreement
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        return Verdict(check.id, (), (f"CRASH {type(error).__name__}: {error} at {where.filename}:{where.lineno}",))
