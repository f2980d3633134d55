"""The rows on an evidence pack that take the system it speaks of: its version, and what it links to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from fixtures.packs.build import build
from fixtures.supplier.edits import Edit
from fixtures.supplier.scenario import PACKED_LIVE, Scenario
from tests.cli.in_process import here
from tests.cli.support import FAST, odd_server, outcomes, report, send, supplier_text, verdict
from tests.conformance.folders import problems
from tests.conformance.packs import ENDPOINT, live_report_of, scenarios

PROFILE = "evidence-pack"
ROWS = ("PK-VERSION", "PK-ENDPOINT")
STATUS_PAGE = {"id": "status", "url": "https://status.supplier.invalid/", "kind": "status-page"}


def in_root(at: str, value: object = None, *, remove: bool = False) -> Edit:
    """A change in the root."""
    return Edit(resource="pack.yaml", at=at, value=value, remove=remove)


def judged(*changes: Edit, scenario: Scenario | None = None, **more: Any) -> dict[str, Any]:
    """The report on the two rows."""
    return live_report_of(PROFILE, scenario, changes=changes, only=ROWS, **more)


@cache
def healthy() -> dict[str, str]:
    """What the rows say of the good pack and a supplier that is as it says."""
    return outcomes(live_report_of(PROFILE))


def test_what_answers_as_declared_passes() -> None:
    assert set(healthy().values()) == {"pass"}


@pytest.mark.parametrize("scenario", scenarios(PACKED_LIVE), ids=lambda one: f"{one.kind}-{one.name}")
def test_only_its_row_notices(scenario: Scenario) -> None:
    assert not problems(scenario, outcomes(live_report_of(PROFILE, scenario)), healthy())


def test_a_server_of_another_version_is_told() -> None:
    found = judged(texts={"4.2.0": "4.2.1"})
    assert outcomes(found) == {"PK-VERSION": "fail", "PK-ENDPOINT": "pass"}
    places = {one["place"] for one in verdict(found, "PK-VERSION")["findings"]}
    assert "CapabilityStatement.software.version" in places


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([in_root("/endpoints/-", STATUS_PAGE)], "inconclusive(no-data)"),
        ([in_root("/endpoints/fhir/version", remove=True)], "inconclusive(no-data)"),
    ],
)
def test_endpoints(changes: Sequence[Edit], said: str) -> None:
    assert outcomes(judged(*changes))["PK-ENDPOINT"] == said


@pytest.mark.parametrize(
    ("relation", "leads", "said"),
    [
        ("next", "http://10.0.0.7:8080/fhir?page=2", "fail"),
        ("related", "https://hl7.org/fhir", "pass"),
        ("next", "?page=2", "pass"),
    ],
)
def test_links_of_bundles_keep_to_declared_hosts(tmp_path: Path, relation: str, leads: str, said: str) -> None:
    def answers(handler: BaseHTTPRequestHandler) -> None:
        if "metadata" in handler.path:
            software = {"name": "Rowan Record", "version": "4.2.0"}
            body: dict[str, Any] = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "software": software}
        else:
            links = [{"relation": relation, "url": leads}]
            body = {"resourceType": "Bundle", "type": "searchset", "total": 0, "link": links}
        send(handler, json.dumps(body).encode())

    with odd_server(tmp_path / "server", answers) as served:
        build(tmp_path / "pack", texts={ENDPOINT: served.base_url})
        text = supplier_text(served.base_url, ca=served.ca, artefacts={"evidence-pack": "pack"})
        named = text.replace('"Record"', '"Rowan Record"').replace('"1.0.0"', '"4.2.0"')
        (tmp_path / "supplier.toml").write_text(named, "utf-8")
        here("run", "-p", PROFILE, *FAST, "--only", "PK-ENDPOINT", "-q", "-o", "json:report.json", cwd=tmp_path)
    assert outcomes(report(tmp_path / "report.json"))["PK-ENDPOINT"] == said
