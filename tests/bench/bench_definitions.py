"""How long the embedded definitions take to load and compile, and what they take of memory.

Run by hand: ``python -m tests.bench.bench_definitions``. Each row is measured in a process of its own, so that nothing
is warm; times are CPU milliseconds, memory is what the process gained in resident MiB since Python had started.
"""

from __future__ import annotations

import subprocess
import sys

_START = """
import resource, sys, time
def memory(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1 << 20)
import gc, json, msgspec
at, before = time.process_time(), memory()
{work}
print(f"{{(time.process_time() - at) * 1000:.1f}} {{memory() - before:.1f}} {{memory():.1f}}")
"""
_OPEN = """
from checker.fhir.definitions.store import Definitions, embedded
held = Definitions(embedded=embedded())
"""
_TWO = _OPEN + "held.type('Patient'); held.type('Observation')"
_REACHED = """
waiting, seen = ['Patient', 'Observation'], set()
def walk(element):
    for child in element.children.values():
        waiting.extend(kind.code for kind in child.types)
        if child.children and child.content_reference is None: walk(child)
while waiting:
    code = waiting.pop()
    if code not in seen:
        seen.add(code)
        structure = held.type(code)
        if structure is not None: walk(structure.root)
"""
_UK = "held.structure('https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient')"
_CORE = """
from checker.fhir.definitions.store import Definitions, embedded
held = Definitions(embedded=embedded(uk_core=False))
for url in held.urls('StructureDefinition'): held.structure(url)
"""
_ALL = _OPEN + "for url in held.urls('StructureDefinition'): assert held.structure(url)"
_TERMS = _OPEN + "kept = [one for kind in ('ValueSet', 'CodeSystem') for one in held.all(kind)]"

ROWS = {
    "imports, packs opened": _OPEN,
    "… and Patient, Observation": _TWO,
    "… and every type that they reach": _TWO + _REACHED,
    "… and UKCore-Patient (snapshot generated)": _TWO + _REACHED + _UK,
    "all 653 of R4 core": _CORE,
    "all 806 of R4 core and UK Core": _ALL,
    "every value set and code system, as JSON": _TERMS,
}


def main() -> int:
    """Print the table."""
    sys.stdout.write(f"{'':45}{'CPU ms':>9}{'gained MiB':>12}{'process MiB':>13}\n")
    for name, work in ROWS.items():
        best = min((_measured(work) for _ in range(3)), key=lambda row: row[0])
        sys.stdout.write(f"{name:45}{best[0]:9.1f}{best[1]:12.1f}{best[2]:13.1f}\n")
    return 0


def _measured(work: str) -> tuple[float, float, float]:
    script = _START.format(work=work)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    cpu, gained, whole = (float(one) for one in done.stdout.split())
    return cpu, gained, whole


if __name__ == "__main__":
    sys.exit(main())
