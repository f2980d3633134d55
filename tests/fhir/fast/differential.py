"""The two tiers over mutated resources: ``python -m tests.fhir.fast.differential [COUNT] [--seed N] [--workers N]``.

Whatever the fast tier lets pass has to be what the explaining tier says, to the letter: issues, what was not
verified, populations, StructureDefinitions used.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from checker.fhir.validation.run import Options as Lenient
from tests.bench.exports import Options, write_export
from tests.bench.resources import Maker
from tests.fhir.fast.mutations import Mutator
from tests.fhir.published import SHARED

EXAMPLES = SHARED / "exports" / "r4-examples"
UK_CORE = SHARED / "ukcore-examples" / "json"
FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "exports" / "healthy"
LENIENT = Lenient(assume_valid_references=True, display_severity="warning")
"""As the checker judges an export: its resources lie apart."""
_UK = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"


class Disagreement(msgspec.Struct, frozen=True):
    """A resource that the tiers judge differently."""

    data: bytes
    asked: tuple[str, ...]
    said: str


@cache
def exported() -> list[dict[str, Any]]:
    """Resources of a generated export, each of which claims a StructureDefinition of UK Core."""
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(write_export(Path(folder), Options(resources=1_500)).export.glob("*.ndjson"))
        return [json.loads(row) for file in files for row in _some(file.read_bytes().splitlines())]


def _some(rows: list[bytes]) -> list[bytes]:
    return rows[:: max(1, len(rows) // 40)]


@cache
def pool() -> list[dict[str, Any]]:
    """Real examples where they are, and synthetic ones."""
    found: list[Any] = []
    for folder in (EXAMPLES, FIXTURES):
        for file in sorted(folder.glob("*.ndjson")) if folder.is_dir() else ():
            rows = [row for row in file.read_bytes().splitlines() if 2 < len(row) < 15_000]
            found.extend(json.loads(row) for row in _some(rows))
    for file in sorted(UK_CORE.glob("*.json")) if UK_CORE.is_dir() else ():
        found.append(json.loads(file.read_bytes()))
    found.extend(Maker(5).mixed(40, narrative=True))
    found.extend(Maker(6).bundle(4) for _ in range(5))
    found.extend(exported())
    return [one for one in found if isinstance(one, dict)]


def compare(count: int, seed: int) -> tuple[list[Disagreement], Counter[str]]:
    """Compare over that many mutated resources."""
    from checker.fhir import Validator
    from checker.fhir.fast import FastTier, site
    from checker.fhir.fast.clean import Dirty

    site.OFTEN = 1  # what is met twice is judged in one function with what it holds, as after a longer run

    usual = Validator(fast=False)
    lenient = Validator(usual.definitions, terminology=usual.terminology, options=LENIENT, fast=False)
    both = [(one, FastTier(one.definitions, one.terminology, one.options)) for one in (usual, lenient)]
    mutator = Mutator(seed, pool())
    known = {url for url in usual.definitions.urls("StructureDefinition") if url.startswith(_UK)}
    wrong: list[Disagreement] = []
    figures: Counter[str] = Counter()
    for _ in range(count):
        resource = mutator.random.choice(mutator.pool)
        explaining, tier = mutator.random.choice(both)
        data = mutator.mutated(resource)
        url = f"{_UK}{resource.get('resourceType')}"
        asked = (url,) if url in known and mutator.random.random() < 0.3 else ()
        try:
            clean = tier.judge(data, asked)
        except Dirty as error:
            figures["left: " + " ".join(str(error).split()[:2])] += 1
            continue
        except Exception as error:  # malformed in a way that no check looked for: the explaining tier looks
            figures[f"left: {type(error).__name__}"] += 1
            continue
        figures["clean"] += 1
        full = explaining.validate(data, asked)
        said = difference(clean, full)
        if said:
            wrong.append(Disagreement(data, asked, said))
    return wrong, figures


def difference(clean: Any, full: Any) -> str:
    """How a clean bill differs from what the explaining tier says, empty when it does not."""
    if clean.issues != full.issues:
        return f"issues: {[(i.rule, i.severity, i.path, i.message) for i in full.issues][:3]}, fast {clean.issues}"
    if clean.not_verified != full.not_verified:
        return f"not verified: {full.not_verified}, fast {clean.not_verified}"
    if [(m.definition, m.element, m.present, m.of) for m in full.must_support] != [
        (*key, present, of) for key, present, of in clean.population
    ]:
        return f"must support: {full.must_support}, fast {clean.population}"
    if [(u.canonical, u.path, u.why) for u in full.structure_definitions] != clean.used:
        return f"used: {full.structure_definitions}, fast {clean.used}"
    if clean.definition_problems != full.definition_problems:
        return f"definition problems: {full.definition_problems}, fast {clean.definition_problems}"
    if (clean.resource_type, clean.id) != (full.resource_type, full.id):
        return "type or id"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--left", action="store_true", help="say why resources were left to the explaining tier")
    options = parser.parse_args()
    each = options.count // options.workers
    wrong: list[Disagreement] = []
    figures: Counter[str] = Counter()
    with ProcessPoolExecutor(options.workers) as executor:
        seeds = range(options.seed, options.seed + options.workers)
        for some, counted in executor.map(compare, [each] * options.workers, seeds):
            wrong += some
            figures += counted
    for one in wrong[:20]:
        sys.stdout.write(f"{one.said[:1500]}\n  asked {one.asked}\n  {one.data[:3000].decode('utf-8', 'replace')}\n")
    if options.left:
        for reason, number in figures.most_common(60):
            sys.stdout.write(f"{number:7} {reason}\n")
    sys.stdout.write(
        f"{sum(figures.values())} mutated resources, {figures['clean']} let pass by the fast tier,"
        f" {len(wrong)} disagreements\n"
    )
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
