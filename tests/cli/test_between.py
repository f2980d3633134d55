"""Something between supplier and client spoils every answer in one manner: the right verdict, or inconclusive."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from fixtures.supplier.serve import Served
from tests.cli import between
from tests.cli.between import Between, Manner
from tests.cli.in_process import here
from tests.cli.support import FAST, outcomes, site, supplier_text
from tests.cli.support import report as saved

PROFILE = "fhir-r4-rest"
MOST_REQUESTS = 260
"""What no run of this profile goes beyond, whatever is answered; retries are in it."""


def report_of(folder: Path, manner: Manner | None) -> dict[str, Any]:
    """The report of a run; judging its recording again has to give the same bytes."""
    with Served(around=partial(Between, manner=manner) if manner else lambda app: app) as served:
        place = site(folder, served)
        given = ("-p", PROFILE, "--safety", "S2", *FAST, "-q", "-o", "json:report.json")
        done = here("run", *given, cwd=place.folder, env=place.env)
        assert served.requests <= MOST_REQUESTS
    report = place.report()
    assert report["exit_code"] == done.returncode
    here("judge", "recording.zip", "-p", PROFILE, "-o", "json:again.json", cwd=place.folder)
    assert place.path("again.json").read_bytes() == place.path("report.json").read_bytes()
    return report


@cache
def healthy(folder: Path) -> dict[str, str]:
    """What is said of the supplier itself; asked once."""
    return outcomes(report_of(folder, None))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return healthy(tmp_path_factory.mktemp("healthy"))


READS = {"FHIR-READ-001", "FHIR-VREAD-001", "FHIR-RES-005"}
SPOILT: dict[str, tuple[int, set[str]]] = {
    "other_id": (1, READS),
    "other_type": (1, {"FHIR-SRCH-011", "FHIR-RES-001", "FHIR-RES-003"}),
    "other_charset": (1, {"FHIR-CAP-001", "FHIR-SRCH-009", "FHIR-SRCH-011", "FHIR-HTTP-003", "FHIR-MIME-004"}),
    "endless_next": (1, {"FHIR-SRCH-011"}),
    "outcome_for_all": (1, {"FHIR-CAP-004", "FHIR-SRCH-009", "FHIR-SRCH-011"}),
    "half_of_the_pages": (1, {"FHIR-SRCH-009", "FHIR-SRCH-011"}),
    "storm": (3, set()),
    "lasting_storm": (3, set()),
    "large_statement": (3, set()),
    "other_day": (0, {"FHIR-HTTP-007"}),
}
"""Manner → the exit code, and the rows that fail: all others pass as before, or are left open with a reason."""


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_spoilt_fails_or_is_left_open(name: str, tmp_path: Path, before: dict[str, str]) -> None:
    exit_code, failing = SPOILT[name]
    report = report_of(tmp_path, getattr(between, name))
    found = outcomes(report)
    assert {row for row, said in found.items() if said == "fail"} == failing
    assert report["exit_code"] == exit_code
    changed = {row: said for row, said in found.items() if said != before[row] and said != "fail"}
    assert all(said.startswith("inconclusive(") for said in changed.values()), changed
    left_open = [row["verdict"] for row in report["rows"] if row["id"] in changed]
    assert all(verdict["why"] for verdict in left_open)


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """A port of the same machine, and who came there."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def wait() -> None:
            while True:
                try:
                    connection, address = listener.accept()
                except OSError:
                    return
                came.append(address)
                connection.close()

        threading.Thread(target=wait, daemon=True).start()
        yield listener.getsockname()[1], came


def test_a_next_link_to_another_place_is_not_followed(tmp_path: Path) -> None:
    """Another port of the supplier's own host is another place as well."""
    with listening() as (port, came), Served(around=partial(Between, manner=between.next_elsewhere(port))) as served:
        (tmp_path / "supplier.toml").write_text(
            supplier_text(served.base_url, identity='kind = "bearer"\nsecret-env = "TOKEN"', ca=served.ca)
        )
        env = {"TOKEN": served.token()}
        here("run", "-p", PROFILE, *FAST, "-q", "-o", "json:report.json", cwd=tmp_path, env=env)
        assert came == []
    found = outcomes(saved(tmp_path / "report.json"))
    assert found["FHIR-SRCH-011"] == "inconclusive(unsafe)"
    assert "fail" not in found.values()
