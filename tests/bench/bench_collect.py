"""How long a collection takes against a supplier that is some way off, beside how long it must take.

Run by hand: ``python -m tests.bench.bench_collect [--delay-ms 50] [--concurrency 4] [--profile baseline …]``.

The supplier runs in a process of its own, and answers each request so much later than it could. The rate is the highest
that can be set, which at these delays never makes a request wait. The bound is the larger of the longest chain of
requests, of which each could be made only when the one before was answered, and all requests divided by those that may
be under way at once, each times the delay. Printed beside the time that it took are the same collection in virtual time
(what the order of asking costs, without the machine) and the processor time (what the machine had to do besides).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checker.cli import compose
from checker.engine.recording import Recording, open_recording
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.exchange import HttpExchange
from tests.bench.virtual import chain, collected_again

RATE = "200"


@contextlib.contextmanager
def supplier(folder: Path, delay_ms: float) -> Iterator[dict[str, Any]]:
    """The reference supplier in a process of its own; what a client needs to know."""
    command = [sys.executable, "-m", "fixtures.supplier", "--until-end-of-input"]
    command += ["--delay-ms", str(delay_ms), "--out", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()


def collect(folder: Path, served: dict[str, Any], profile: str, safety: str, concurrency: int) -> tuple[Path, float]:
    """Collect as a user does; the recording, and the processor seconds of the whole command."""
    target = folder.parent / f"{profile}-{safety}-{concurrency}-{time.monotonic_ns()}.zip"
    command = [sys.executable, "-m", "checker", "collect", "-p", profile, "--safety", safety, "--rate", RATE]
    command += ["--concurrency", str(concurrency), "--recording", str(target)]
    before = os.times()
    subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **served["environment"], "PYTHONPATH": os.getcwd()},
        check=False,
        stdout=subprocess.DEVNULL,
    )
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return target, spent


def seconds_of(recording: Recording) -> tuple[int, float, float]:
    """Requests, seconds from the first one sent to the last one answered, and the seconds of an answer on average."""
    exchanges = [item for item in recording.evidence.values() if item.kind == HTTP_EXCHANGE]
    taken = []
    for item in exchanges:
        payload = item.read()
        taken.append(payload.elapsed_ms / 1000 if isinstance(payload, HttpExchange) else 0.0)
    ended = [item.captured_at.timestamp() for item in exchanges]
    began = min(end - each for end, each in zip(ended, taken, strict=True))
    return len(exchanges), max(ended) - began, sum(taken) / len(taken)


def line(path: Path, profile: str, concurrency: int, delay_s: float, processor_s: float) -> str:
    """The figures of one collection."""
    recording, known = open_recording(path), compose.registry()
    wanted = compose.profile(profile, known)
    requests, took, answer = seconds_of(recording)
    longest = chain(recording)
    bound = max(longest * delay_s, requests * delay_s / concurrency)
    virtual = collected_again(recording, wanted, known, latency_s=delay_s, concurrency=concurrency).seconds
    return (
        f"{requests:4} requests of at most {recording.manifest.planned:3}, chain {longest:2}: bound {bound:5.2f} s; "
        f"in virtual time {virtual:5.2f} s ({virtual / bound:4.2f}); took {took:5.2f} s ({took / bound:4.2f}); "
        f"an answer took {answer * 1000:3.0f} ms; processor {processor_s:4.1f} s"
    )


def say(text: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay-ms", type=float, default=50)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--profile", nargs="+", default=["baseline"])
    parser.add_argument("--safety", nargs="+", default=["S1", "S2"])
    parser.add_argument("--runs", type=int, default=1, help="the fastest of so many is printed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-collect-") as made:
        folder = Path(made) / "supplier"
        with supplier(folder, options.delay_ms) as served:
            for profile in options.profile:
                for safety in options.safety:
                    for concurrency in options.concurrency:
                        runs = [collect(folder, served, profile, safety, concurrency) for _ in range(options.runs)]
                        best = min(runs, key=lambda run: seconds_of(open_recording(run[0]))[1])
                        said = line(best[0], profile, concurrency, options.delay_ms / 1000, best[1])
                        say(f"{profile} {safety}, {concurrency} at once, {options.delay_ms:g} ms: {said}")
    say("load of this machine: " + ", ".join(f"{one:.1f}" for one in os.getloadavg()))


if __name__ == "__main__":
    main()
