"""False errors on examples that are valid: ``python -m tests.fhir.examples [r4|ukcore] [--every N] [--rules]``.

The official R4 examples are judged by their types (and what they name in ``meta.profile``), those of UK Core by the
StructureDefinition that their index says.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import msgspec

from checker.fhir import Validator
from tests.fhir.published import SHARED

R4 = SHARED / "exports" / "r4-examples"
UK_CORE = SHARED / "ukcore-examples"


class Flagged(msgspec.Struct, frozen=True):
    """An example that was found invalid: its name and its errors."""

    name: str
    errors: tuple[tuple[str, str, str], ...]


def r4(every: int = 1, first: int = 0) -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    for file in sorted(R4.glob("*.ndjson")):
        for number, line in enumerate(file.read_bytes().splitlines()):
            if line.strip() and (number - first) % every == 0:
                yield f"{file.stem}:{number + 1}", line, ()


def uk_core() -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    index = json.loads((UK_CORE / "index.json").read_bytes())
    for example in index["examples"]:
        for suffix in ("json", "xml"):
            file = UK_CORE / suffix / f"{example['file']}.{suffix}"
            if file.is_file():
                yield file.name, file.read_bytes(), (example["profile"],) if example["profile"] else ()


def known_issues() -> dict[str, str]:
    """The UK Core examples that are not plainly valid, by file, with their verdict."""
    found = json.loads((UK_CORE / "known-issues.json").read_bytes())
    return {one["file"]: one["verdict"] for one in found["examples"]}


_validator: Validator | None = None


def judge(example: tuple[str, bytes, tuple[str, ...]]) -> Flagged | None:
    global _validator
    if _validator is None:
        _validator = Validator()
    name, data, asked = example
    try:
        result = _validator.validate(data, asked)
    except Exception as error:
        return Flagged(name, (("CRASH", "", f"{type(error).__name__}: {error}"),))
    errors = tuple((i.rule, i.path, i.message) for i in result.issues if i.is_error)
    return Flagged(name, errors) if errors else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=["r4", "ukcore"])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--rules", action="store_true", help="count by rule only")
    options = parser.parse_args()
    listed = list(r4(options.every, options.first) if options.which == "r4" else uk_core())
    with ProcessPoolExecutor(2) as pool:
        flagged = [one for one in pool.map(judge, listed, chunksize=16) if one is not None]
    counts: Counter[str] = Counter()
    for one in flagged:
        counts.update({rule for rule, _, _ in one.errors})
        if not options.rules:
            print(one.name)  # noqa: T201
            for rule, path, message in one.errors[:4]:
                print(f"    {rule} {path}: {message[:200]}")  # noqa: T201
    print()  # noqa: T201
    for rule, count in counts.most_common():
        print(f"{count:6} {rule}")  # noqa: T201
    print(f"{len(listed)} examples, {len(flagged)} with errors")  # noqa: T201


if __name__ == "__main__":
    main()
