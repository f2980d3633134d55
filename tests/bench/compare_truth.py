"""Does a report say of a generated export what is true? ``python -m tests.bench.compare_truth REPORT.json truth.json``.

The report is one of ``checker run … -o json:REPORT.json``, the truth that of ``make_export``. A line for each
requirement; exit code 0 when all agree, 1 when one does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.bench.exports import truth
from tests.bench.exports.comparing import compare, of_report
from tests.bench.exports.covered import covered_by


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.compare_truth", description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("truth", type=Path)
    asked = parser.parse_args(arguments)
    known = truth.read(asked.truth)
    report = json.loads(asked.report.read_bytes())
    covered = covered_by(report.get("profile", {}).get("id", ""))
    rows = compare(of_report(report), known, covered)
    for row in rows:
        there = f"{row.expected} there" if row.covered else "not in the table: places alone compared"
        verdict = "differs" if row.problems else "agrees"
        sys.stdout.write(f"{verdict:8} {row.requirement:16} {row.outcome:14} {row.found} found, {there}\n")
        for problem in row.problems:
            sys.stdout.write(f"         {problem}\n")
    compared = {row.requirement for row in rows}
    waiting = sorted({one for row in known.rows if not row.decoy for one in row.breaks} - compared - covered.keys())
    if waiting:
        sys.stdout.write(f"no check yet for what is seeded against: {', '.join(waiting)}\n")
    differing = sum(bool(row.problems) for row in rows)
    sys.stdout.write(f"{len(rows) - differing} of {len(rows)} requirements agree\n")
    return 1 if differing or not rows else 0


if __name__ == "__main__":
    raise SystemExit(main())
