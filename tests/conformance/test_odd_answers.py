"""Whatever a system answers, a check decides or leaves open, and never breaks: recorded answers, changed at random."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from checker.checks.fhir_held import Held
from checker.checks.fhir_judging import judging_by
from checker.cli.clock import SystemClock
from checker.cli.compose import profile, registry
from checker.engine.case import Case, make_case
from checker.engine.judge import judge
from checker.engine.judged_by import Given, judging_of
from checker.engine.recording import open_recording
from checker.engine.scan_results import ScanResults
from checker.model.evidence import Evidence
from checker.model.exchange import HttpExchange
from checker.model.terms import Outcome
from checker.model.value import canonical, sha256
from fixtures.supplier import secured, tendering
from fixtures.supplier.face_switches import FaceSwitches
from fixtures.supplier.handover import handed_over
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import SupplierSwitches
from tests.cli.in_process import here
from tests.cli.support import FAST, SECRET
from tests.conformance import faces
from tests.conformance.odd_values import HEADERS, oddly

ROUNDS = 25


@dataclass(frozen=True)
class OddCase(Case):
    """A case, with bodies that were never sent."""

    bodies: dict[str, bytes] = field(default_factory=dict)

    def blob(self, sha: str) -> bytes | None:
        return self.bodies.get(sha) or super().blob(sha)


def _collected(name: str, folder: Path) -> Path:
    kept = ("-q", "--recording", str(folder / "recording.zip"))
    if name in faces.SAFETY:
        with Served(faces=FaceSwitches(writing="right"), api_key=faces.KEY) as served:
            faces.prepare(folder, served, name, FaceSwitches(), 9)
            env = {SECRET: served.client_secret, faces.KEY_VARIABLE: faces.KEY}
            here("run", "-p", name, *faces.SAFETY[name], *FAST, *kept, cwd=folder, env=env)
        return folder / "recording.zip"
    if name == "security":
        with secured.secured(out=folder / "place") as served, secured.handed(served) as handed:
            asked = ("--supplier", str(handed.folder), "--safety", "S3", "--allow-writes")
            here("run", "-p", name, *asked, *kept, cwd=folder, env=handed.environment)
        return folder / "recording.zip"
    switches = SupplierSwitches(software=tendering.software_of("good"))
    with Served(switches=switches, faces=tendering.FACES, out=folder / "place") as served:
        offered = tendering.offer(served, "good", SystemClock().now().date())
        with handed_over(served, served.shared, None, offered):
            given = ("--supplier", str(served.shared), "--safety", "S2")
            here("run", "-p", name, *given, *kept, cwd=folder, env=served.environment())
    return folder / "recording.zip"


def _changed(case: Case, chance: random.Random) -> OddCase:
    """The case with two of three JSON bodies changed, and a header of every third answer."""
    evidence: dict[str, Evidence] = {}
    bodies: dict[str, bytes] = {}
    for name, item in case.evidence.items():
        payload = item.read() if item.kind == "http-exchange" else None
        if not isinstance(payload, HttpExchange) or payload.response is None or chance.random() < 0.3:
            continue
        response = payload.response
        headers = list(response.headers)
        if headers and chance.random() < 0.4:
            at = chance.randrange(len(headers))
            headers[at] = (headers[at][0], chance.choice(HEADERS))
        try:
            value: Any = json.loads(case.blob(response.body) or b"")
        except ValueError:
            continue
        body = json.dumps(oddly(oddly(value, chance), chance)).encode()
        bodies[sha256(body)] = body
        response = msgspec.structs.replace(response, body=sha256(body), headers=tuple(headers))
        raw = msgspec.Raw(canonical(msgspec.structs.replace(payload, response=response)))
        evidence[name] = msgspec.structs.replace(item, payload=raw, blobs=(response.body,))
    parts = {name: getattr(case, name) for name in ("recordings", "supplier", "records", "ledger", "earlier")}
    return OddCase(evidence={**case.evidence, **evidence}, bodies=bodies, **parts)


@pytest.mark.parametrize("name", ["baseline", "security", *faces.SAFETY])
def test_no_answer_breaks_a_check(name: str, tmp_path: Path) -> None:
    case = make_case([open_recording(_collected(name, tmp_path))])
    known, rows, limits = registry(), profile(name, registry()), case.recordings[0].manifest.limits
    broken: dict[str, str] = {}
    with judging_by(judging_of(case, Given(held=Held()))):
        for number in range(ROUNDS):
            odd = _changed(case, random.Random(number))
            assert odd.bodies
            found = judge(odd, rows, known, limits=limits, scans=ScanResults(odd, known, limits)).verdicts
            broken |= {row: str(one.why) for row, one in found.items() if one.outcome is Outcome.ERROR}
    assert broken == {}
