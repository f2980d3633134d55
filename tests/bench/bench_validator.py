"""How fast resources are validated: ``python -m tests.bench.bench_validator [--quick]`` prints one table.

All figures are CPU time of one process, medians of several rounds, side by side in one run. The ratio is to
``orjson.loads`` of the same bytes (``msgspec`` where orjson is not installed). Every document differs from every other
in its ids, dates, references and narratives, so that no memory of whole documents helps.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from checker.fhir import Validator
from checker.fhir.validation.run import Options
from tests.bench.resources import Maker, lines, text
from tests.fhir.published import SHARED

EXAMPLES = SHARED / "exports" / "r4-examples"
ROOT = Path(__file__).resolve().parents[2]
_UK = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"


def loads() -> tuple[str, Callable[[bytes], Any]]:
    """The parser to compare with."""
    try:
        return "orjson.loads", importlib.import_module("orjson").loads
    except ModuleNotFoundError:
        return "msgspec.json.decode", msgspec.json.decode


NAME, LOADS = loads()


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def cpu(work: Callable[..., object], *arguments: Any) -> float:
    """CPU seconds of a piece of work."""
    gc.collect()
    start = time.process_time()
    work(*arguments)
    return time.process_time() - start


class Share:
    """Counts which of the resources the fast tier let pass."""

    def __init__(self) -> None:
        self.fast = 0
        self.all = 0

    def of(self, results: Iterable[Any]) -> None:
        for one in results:
            self.all += 1
            self.fast += hasattr(one, "_clean")


def compared(name: str, make: Callable[[int], list[bytes]], validator: Any, rounds: int, bound: str = "") -> float:
    """One row: time of a resource, and its ratio to parsing, over sets of documents never seen before."""
    share = Share()
    validate_all(validator, make(10_000), None)  # checks are made, as after the first seconds of any large run
    rows: list[tuple[float, float]] = []
    size = count = 0
    for at in range(rounds):
        documents = make(at)
        size, count = size + sum(map(len, documents)), count + len(documents)
        # Parsed right before and right after, so that what else the machine does falls on both.
        before = cpu(parse_all, documents)
        ours = cpu(validate_all, validator, documents, share)
        rows.append((ours, (before + cpu(parse_all, documents)) / 2))
    took = statistics.median(a for a, _ in rows) / (count / rounds)
    parsing = statistics.median(b for _, b in rows) / (count / rounds)
    ratio = statistics.median(a / b for a, b in rows)
    say(
        f"{name:58} {size / count:7.0f} B {parsing * 1e6:8.1f} us {took * 1e6:8.1f} us  x {ratio:5.2f}"
        f"  {1 / took:9,.0f}/s  fast {100 * share.fast / max(share.all, 1):5.1f} %  {bound}"
    )
    return ratio


def parse_all(documents: list[bytes]) -> None:
    """Parse and forget, one after the other."""
    for one in documents:
        LOADS(one)


def validate_all(validator: Any, documents: list[bytes], share: Share | None) -> None:
    results = validator.validate_many(documents)
    if share is None:
        for _ in results:
            pass
    else:
        share.of(results)


def only(kind: str, narrative: bool = False, count: int = 1000) -> Callable[[int], list[bytes]]:
    """Documents of one kind."""

    def make(seed: int) -> list[bytes]:
        maker = Maker(seed)
        one = getattr(maker, kind)
        return [text(one(narrative)) for _ in range(count)]

    return make


def mixed(narrative: bool = False, count: int = 1000) -> Callable[[int], list[bytes]]:
    return lambda seed: lines(count, narrative=narrative, seed=seed)


class UkCore:
    """Validates each resource by the UK Core StructureDefinition of its type."""

    def __init__(self, validator: Validator) -> None:
        self.validator = validator
        self._asked: dict[bytes, tuple[str, ...]] = {}

    def validate_many(self, documents: list[bytes]) -> Iterable[Any]:
        for one in documents:
            kind = one[17 : one.index(b'"', 17)]
            asked = self._asked.get(kind)
            if asked is None:
                url = _UK + kind.decode()
                asked = self._asked[kind] = (url,) if self.validator.definitions.structure(url) is not None else ()
            yield self.validator.validate(one, asked)


def peer(rounds: int) -> None:
    """fhir.resources on the same documents: structure only, no StructureDefinitions, no terminology."""
    try:
        get = importlib.import_module("fhir.resources.R4B").get_fhir_model_class
    except ModuleNotFoundError:
        say("fhir.resources is not installed")
        return

    def run(documents: list[bytes]) -> None:
        for one in documents:
            raw = json.loads(one)
            get(raw["resourceType"]).model_validate(raw)

    for name, make in (("mixed, no narrative", mixed(count=300)), ("mixed, narrative", mixed(True, count=300))):
        documents = make(0)
        run(documents)
        validator = Validator()
        validate_all(validator, make(1), None)
        pairs = [(cpu(run, documents), cpu(validate_all, validator, make(at + 2), None)) for at in range(rounds)]
        theirs, ours = (statistics.median(column) / len(documents) for column in zip(*pairs, strict=True))
        say(
            f"fhir.resources (structure only), {name:24} {theirs * 1e6:8.1f} us  ours {ours * 1e6:8.1f} us"
            f"  x {theirs / ours:5.1f}  (>= 10)"
        )


def bundles(quick: bool) -> None:
    """One FHIR Bundle of growing size: the time of an entry stays what it is."""
    sizes = (1_000, 10_000) if quick else (1_000, 10_000, 100_000)
    validator = Validator()
    validate_all(validator, [text(Maker(9).bundle(1_000))], None)
    first = 0.0
    for size in sizes:
        data = text(Maker(size).bundle(size))
        parse = cpu(LOADS, data)
        share = Share()
        took = cpu(validate_all, validator, [data], share)
        first = first or took / size
        say(
            f"FHIR Bundle of {size:7,} entries {len(data) / 1e6:8.1f} MB {took:8.2f} s"
            f"  {took / size * 1e6:6.1f} us an entry  x {took / parse:5.1f} of parsing"
            f"  {'fast' if share.fast else 'explained'}  (linear: {took / size / first:4.2f} of the first)"
        )


def process(rounds: int) -> None:
    """``checker validate`` of one small file, as a process."""
    command = Path(sys.executable).parent / "checker"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "patient.json"
        file.write_bytes(text(Maker(3).patient()))
        times = []
        for _ in range(rounds):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run([str(command), "validate", str(file)], capture_output=True, check=False)
            if done.returncode not in (0, 1):
                say("checker validate: " + done.stderr.decode().strip().partition("\n")[0])
                return
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    say(
        f"checker validate of one small file, as a process: {statistics.median(times):.3f} s CPU"
        " (user and system; < 0.25)"
    )


_MEMORY = """
import gc, sys
from pathlib import Path

def resident():
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith('VmRSS'):
            return int(line.split()[1]) / 1024

bare = resident()
from checker.fhir import Validator
from checker.fhir.fast import FastTier
validator = Validator()
code = resident()
definitions = validator.definitions
urls = definitions.urls('StructureDefinition')
for url in urls:
    definitions.structure(url)
gc.collect()
compiled = resident()
from tests.bench.resources import lines
from tests.bench.bench_validator import UkCore
for narrative in (False, True):
    documents = lines(2000, narrative=narrative)
    for result in UkCore(validator).validate_many(documents): pass
    for result in validator.validate_many(documents): pass
gc.collect()
run = resident()
tier = validator._tier
print(f'{bare:.0f} {code:.0f} {compiled:.0f} {run:.0f} {len(urls)} {tier.build.shapes}')
"""


def memory() -> None:
    """Resident memory with every StructureDefinition of R4 and UK Core compiled."""
    made = subprocess.run([sys.executable, "-c", _MEMORY], capture_output=True, text=True, cwd=ROOT, check=False)
    if made.returncode:
        say("memory: " + made.stderr.strip().splitlines()[-1])
        return
    bare, code, compiled, run, structures, shapes = made.stdout.split()
    say(
        f"resident memory: {run} MB in all (< 120): the interpreter {bare} MB, with the validator's code and packs"
        f" {code} MB, with all {structures} StructureDefinitions compiled {compiled} MB, {shapes} generated checks and"
        " what they remember of 8,000 resources the rest"
    )


def examples() -> None:
    """The official examples, as they are: one pass of a fresh validator, and again."""
    if not EXAMPLES.is_dir():
        say("the official examples are not here")
        return
    documents = [row for file in sorted(EXAMPLES.glob("*.ndjson")) for row in file.read_bytes().splitlines() if row]
    parse = min(cpu(parse_all, documents) for _ in range(3))
    for name, change in (("with their narratives", False), ("narrative removed", True)):
        rows = [_without_text(one) for one in documents] if change else documents
        validator = Validator()
        for time_ in ("first pass", "second pass"):
            share = Share()
            took = cpu(validate_all, validator, rows, share)
            say(
                f"{len(rows):,} official examples, {name}, {time_}: {took:6.2f} s, {len(rows) / took:7,.0f}/s,"
                f" x {took / parse:6.1f} of parsing, fast tier {100 * share.fast / share.all:4.1f} %"
            )
    reasons: Counter[str] = Counter()
    tier = validator._tier
    if tier is not None:
        from checker.fhir.fast.clean import Dirty

        for one in documents:
            try:
                tier.judge(one)
            except Dirty as error:
                reasons[str(error)] += 1
            except Exception as error:
                reasons[type(error).__name__] += 1
    say("what sends examples to the explaining tier: " + "; ".join(f"{n} {why}" for why, n in reasons.most_common(25)))


def _without_text(data: bytes) -> bytes:
    raw = json.loads(data)
    raw.pop("text", None)
    return text(raw)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no large FHIR Bundle")
    parser.add_argument("--only", choices=("single", "bundle", "peer", "process", "memory", "examples"))
    options = parser.parse_args()
    rounds = 3 if options.quick else 7

    def wanted(part: str) -> bool:
        return options.only in (None, part)

    if wanted("single"):
        say(f"{'':58} {'size':>9} {NAME:>11} {'validated':>11}")
        lean = compared("a  base R4, no narrative, mixed", mixed(), Validator(), rounds, "(<= 5, aim 4)")
        compared("a  base R4, no narrative, Observation", only("observation"), Validator(), rounds)
        compared("a  base R4, no narrative, Patient", only("patient"), Validator(), rounds)
        full = compared("b  base R4, narratives never seen, mixed", mixed(True), Validator(), rounds, "(<= 8, aim 6)")
        compared("b  base R4, narratives never seen, Observation", only("observation", True), Validator(), rounds)
        uk = UkCore(Validator())
        ratio = compared("c  UK Core on top, no narrative, mixed", mixed(), uk, rounds, "(<= 1.5 of a)")
        say(f"{'':58} {ratio / lean:.2f} of a")
        ratio = compared(
            "c  UK Core on top, narratives, mixed", mixed(True), UkCore(Validator()), rounds, "(<= 1.5 of b)"
        )
        say(f"{'':58} {ratio / full:.2f} of b")
        slow = Validator(fast=False, options=Options())
        compared("   the explaining tier alone, no narrative, mixed", mixed(count=100), slow, 2)
    if wanted("peer"):
        peer(rounds)
    if wanted("bundle"):
        bundles(options.quick)
    if wanted("process"):
        process(rounds)
    if wanted("memory"):
        memory()
    if wanted("examples"):
        examples()


if __name__ == "__main__":
    main()
