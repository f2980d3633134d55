"""A scan over one artefact that a probe asks for, since what it looks for depends on what was answered before."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import msgspec

from checker.engine.scans import ScanJob, scan_artefacts
from checker.engine.scans.work import Engine, Surroundings
from checker.errors import CheckerFault
from checker.model.ask import SCAN, ArtefactAsk
from checker.model.evidence import Artefact
from checker.model.registry import Registry, read_params
from checker.model.supplier import ArtefactRef, Limits
from checker.probes.source.storage import is_in_store


class ArtefactScans:
    """Runs the scan that an ask names by ``scan:<id>`` over its artefact.

    ``ask.wanted`` is the scan's parameters as JSON, without ``wanted`` and ``seed``, and then its ``wanted``. The seed
    is made from that of the run, so that nobody knows beforehand what a sample will hold. The facts are the ``state``,
    how many ``resources`` were read, and what was ``unreadable``, with examples. They are the same whichever ``engine``
    reads it; None is here, in one process.
    """

    def __init__(self, registry: Registry, limits: Limits, seed: str, engine: Engine | None = None) -> None:
        self._registry = registry
        self._limits = limits
        self._engine = engine
        self._salt = hmac.new(bytes.fromhex(seed), b"scan", hashlib.sha256).digest()
        self._seed = hmac.new(bytes.fromhex(seed), b"sample", hashlib.sha256).hexdigest()[:32]

    def __call__(self, ask: ArtefactAsk, ref: ArtefactRef, root: Path) -> Artefact:
        """The artefact with what the scan came to. Blocks; raises ``CheckerFault`` for a scan that nobody knows."""
        scan = self._registry.scans.get(ask.extract.removeprefix(SCAN))
        if scan is None or not ask.wanted:
            raise CheckerFault(f"There is no scan for {ask.extract!r}.", next_step="Report this fault.")
        given: dict[str, Any] = msgspec.json.decode(ask.wanted[0])
        params = read_params(scan.params_type, {**given, "wanted": list(ask.wanted[1:]), "seed": self._seed})
        place = ref.location if is_in_store(ref.location) else root / ref.location
        if isinstance(place, Path) and not place.exists():
            return _with(ref, {"problem": "there is no file or folder at its path"})
        job = ScanJob(scan=scan, params=params)
        done = scan_artefacts(
            [(ref.id, place)],
            [job],
            over=ref.kind,
            salt=self._salt,
            limits=self._limits,
            engine=self._engine,
            surroundings=Surroundings(modules=self._registry.modules),
            tables={ref.id: ref.tables},
        )
        (state,), (error,) = done.states, done.errors
        if state is None:
            raise CheckerFault(f"The scan {scan.id} broke: {error}.", next_step="Report this fault.")
        facts: dict[str, Any] = {"state": state.state, "resources": state.resources, "unreadable": state.unreadable}
        if state.unreadable:
            facts["unreadable_examples"] = list(state.unreadable_examples[:3])
        return msgspec.structs.replace(_with(ref, facts), files=state.files)


def _with(ref: ArtefactRef, facts: dict[str, Any]) -> Artefact:
    return Artefact(artefact=ref.id, role=ref.kind, files=(), facts=facts)
