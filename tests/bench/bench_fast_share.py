"""Which resources of a generated export the fast tier of the validator leaves to the explaining one, and why.

Run by hand: ``python -m tests.bench.bench_fast_share [RESOURCES]``. What is left to the explaining tier costs far
more, so that the rate of a scan for conformance follows this share.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from checker.fhir import Validator
from checker.fhir.fast import FastTier
from checker.fhir.fast.clean import Dirty
from checker.fhir.validation.run import Options as Validating
from tests.bench.exports import Options, write_export


def reasons(export: Path) -> Counter[tuple[str, str]]:
    """(StructureDefinition claimed, why it is not passed or "") → how many resources."""
    validator = Validator(options=Validating(assume_valid_references=True, display_severity="warning"))
    tier = FastTier(validator.definitions, validator.terminology, validator.options)
    found: Counter[tuple[str, str]] = Counter()
    for path in sorted(export.glob("*.ndjson")):
        for line in path.read_bytes().splitlines():
            claimed = json.loads(line)["meta"]["profile"][0].rpartition("/")[2]
            try:
                tier.judge(line)
                found[claimed, ""] += 1
            except Dirty as why:
                found[claimed, str(why)] += 1
    return found


def main() -> None:
    """A line for each StructureDefinition and reason, and the share that passes."""
    resources = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with tempfile.TemporaryDirectory() as folder:
        found = reasons(write_export(Path(folder), Options(resources=resources)).export)
    for (claimed, why), count in sorted(found.items()):
        sys.stdout.write(f"{count:7}  {claimed:45} {why or 'passed by the fast tier'}\n")
    passed = sum(count for (_, why), count in found.items() if not why)
    sys.stdout.write(f"{passed / resources:.1%} of {resources:,} resources pass the fast tier\n")


if __name__ == "__main__":
    main()
