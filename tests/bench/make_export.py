"""Write a generated export and the truth about it: ``python -m tests.bench.make_export --out DIR``.

The export is ``DIR/export`` (NDJSON files and a manifest, or a zip of them), the truth ``DIR/truth.json``. With
``--list`` nothing is written but the kinds of faults and decoys, and what each breaks.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.bench.exports import Options, OptionsError, write_export
from tests.bench.exports.kinds import KINDS
from tests.bench.exports.options import FORMS, MOST_RESOURCES
from tests.bench.exports.plan import by_rate, of_all

_ALL, _NONE = "all", "none"


def faults_of(text: str, *, anonymised: bool) -> dict[str, int]:
    """``NAME``, ``NAME=COUNT``, ``all`` or ``all=COUNT``, with commas between. Raises ``OptionsError``."""
    found: dict[str, int] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, count = part.partition("=")
        if count and not (count.isascii() and count.isdigit()):
            raise OptionsError(f"{part!r} has no count.")
        each = int(count or 1)
        if name == _ALL:
            found.update(of_all(each, anonymised=anonymised, decoys=False))
        elif name != _NONE:
            found[name] = each
    return found


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(prog="python -m tests.bench.make_export", description=__doc__)
    made.add_argument("--out", type=Path, metavar="DIR")
    made.add_argument("--resources", type=int, default=2_000, help=f"up to {MOST_RESOURCES:,}")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--anonymised", action="store_true", help="a release without names, addresses and numbers")
    made.add_argument("--recipient", default="one", help="for whom an anonymised release is")
    form = made.add_mutually_exclusive_group()
    for one in FORMS:
        form.add_argument(f"--{one}", dest="form", action="store_const", const=one)
    seeded = made.add_mutually_exclusive_group()
    seeded.add_argument("--faults", default="", metavar="NAME=COUNT,…", help="also: all, all=COUNT")
    seeded.add_argument("--fault-rate", type=float, metavar="SHARE", help="of patients, over all kinds evenly")
    made.add_argument("--decoys", type=int, default=0, metavar="COUNT", help="so many of each")
    made.add_argument("--list", action="store_true", help="show the kinds")
    made.set_defaults(form="plain")
    return made


def options_of(asked: argparse.Namespace) -> Options:
    """From the command line. Raises ``OptionsError``."""
    faults = dict(of_all(asked.decoys, anonymised=asked.anonymised, decoys=True))
    if asked.fault_rate is None:
        faults.update(faults_of(asked.faults, anonymised=asked.anonymised))
    elif 0 <= asked.fault_rate <= 0.5:
        faults.update(by_rate(asked.fault_rate, asked.resources, anonymised=asked.anonymised))
    else:
        raise OptionsError("Every second patient can carry a fault: --fault-rate is 0 to 0.5.")
    return Options(
        resources=asked.resources,
        seed=asked.seed,
        form=asked.form,
        anonymised=asked.anonymised,
        recipient=asked.recipient,
        faults=faults,
    )


def table() -> str:
    """All kinds, a line each."""
    lines = []
    for kind in KINDS.values():
        what = "decoy" if kind.decoy else "fault"
        lines.append(f"{what}  {kind.name:34} {'+'.join(kind.exports):22} {' '.join(kind.breaks):40} {kind.told}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """The command. 0 when all was written, 2 when it cannot be."""
    command = parser()
    asked = command.parse_args(arguments)
    if asked.list:
        sys.stdout.write(table())
        return 0
    if asked.out is None:
        command.error("--out DIR is needed")
    begun = time.process_time()
    try:
        written = write_export(asked.out, options_of(asked))
    except OptionsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    took = max(time.process_time() - begun, 1e-9)
    sys.stdout.write(
        f"{written.export}: {written.resources:,} resources, {written.bytes / 1e6:,.1f} MB of text, "
        f"{written.rows:,} rows of truth; {written.resources / took:,.0f} resources/s of CPU\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
