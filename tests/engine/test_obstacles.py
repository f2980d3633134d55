"""What forbids compliant, whatever the rows say."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from checker.engine.case import make_case
from checker.engine.demonstration import REFERENCE_SUPPLIER
from checker.engine.recording import Recording, open_recording
from checker.engine.report import obstacles
from checker.model.ask import HttpAsk
from checker.model.terms import Conclusion
from tests.engine.scripted import CAPABILITIES, Reply, Scripted, changed, collect, json_reply, judged


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return open_recording(collect(tmp_path_factory.mktemp("healthy"), Scripted()).path)


def test_nothing_stands_in_the_way_of_a_whole_recording(healthy: Recording) -> None:
    assert obstacles(make_case([healthy]), subset=False) == []
    assert (healthy.manifest.software_start, healthy.manifest.software_end) == ("Acme 1.0", "Acme 1.0")
    assert healthy.manifest.key_start == healthy.manifest.key_end != ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"interrupted": True}, "interrupted"),
        ({"software_end": "Acme 2.0"}, "software of the server changed"),
        ({"software_end": ""}, "could not be seen"),
        ({"key_end": "0" * 64}, "certificate of the server changed"),
        ({"key_end": ""}, "could not be seen"),
        ({"software_start": REFERENCE_SUPPLIER, "software_end": REFERENCE_SUPPLIER}, "reference supplier"),
    ],
)
def test_an_obstacle_is_said_and_forbids_compliant(healthy: Recording, changes: dict[str, object], says: str) -> None:
    manifest = msgspec.structs.replace(healthy.manifest, **changes)
    partial = Recording(manifest, healthy.evidence.values(), healthy.records.values(), healthy.blobs, healthy.digest)
    _, report = judged(partial)
    assert any(says in one for one in report.tally.obstacles)
    assert report.conclusion is Conclusion.INCONCLUSIVE
    assert report.exit_code == (130 if "interrupted" in changes else 3)
    assert any(says in warning for warning in report.warnings)


def test_a_picked_subset_and_our_own_supplier_are_obstacles(healthy: Recording) -> None:
    case = make_case([healthy])
    assert any("subset" in one for one in obstacles(case, subset=True))
    manifest = msgspec.structs.replace(
        healthy.manifest, software_start=REFERENCE_SUPPLIER, software_end=REFERENCE_SUPPLIER
    )
    own = Recording(manifest, (), (), {}, "digest")
    assert len(obstacles(make_case([own]), subset=False)) == 1


def demonstration(healthy: Recording, base_url: str, software: str, environment: str) -> list[str]:
    """The obstacles of a run of that software, at that address, declared like that."""
    supplier = msgspec.structs.replace(healthy.manifest.supplier, base_url=base_url, environment=environment)
    manifest = msgspec.structs.replace(
        healthy.manifest, supplier=supplier, software_start=software, software_end=software
    )
    return obstacles(make_case([Recording(manifest, (), (), {}, "digest")]), subset=False)


HERE, THERE = "https://127.0.0.1:8443/fhir", "https://fhir.supplier.example/r4"


def test_the_reference_supplier_may_be_judged_on_loopback_when_the_run_says_that_it_is_a_demonstration(
    healthy: Recording,
) -> None:
    named = f"{REFERENCE_SUPPLIER} 0.1.0"
    assert demonstration(healthy, HERE, named, "demonstration") == []
    assert "no supplier's system" in demonstration(healthy, HERE, named, "test")[0]
    assert "not on the machine" in demonstration(healthy, THERE, named, "demonstration")[0]
    assert "was not the reference supplier" in demonstration(healthy, HERE, "Acme 1.0", "demonstration")[0]
    assert "did not say what it is" in demonstration(healthy, HERE, "", "demonstration")[0]
    assert demonstration(healthy, THERE, "Acme 1.0", "test") == []


def test_a_server_that_is_changed_while_it_is_examined_is_noticed(tmp_path: Path) -> None:
    seen: list[str] = []

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        if not ask.request.url.endswith("/metadata"):
            return reply
        seen.append(ask.request.url)
        software = {"name": "Acme", "version": f"1.{len(seen)}"}
        return json_reply({**CAPABILITIES, "software": software})

    _, report = judged(open_recording(collect(tmp_path, Scripted(answer=changed(change))).path))
    assert report.conclusion is Conclusion.INCONCLUSIVE
    assert report.tally.obstacles == ("The software of the server changed during the run.",)


def test_a_server_that_is_gone_at_the_end_is_noticed(tmp_path: Path) -> None:
    asks = Scripted()
    collect(tmp_path / "first", asks)
    collected = collect(tmp_path / "second", Scripted(dies_after=len(asks.asks) - 1))
    _, report = judged(open_recording(collected.path))
    assert report.tally.obstacles == (
        "Whether the certificate of the server was the same at the end of the run could not be seen.",
    )


def test_a_run_that_got_only_refusals_says_so_first(tmp_path: Path) -> None:
    refused = Scripted(answer=lambda ask: Reply(401, b"{}"))
    _, report = judged(open_recording(collect(tmp_path, refused).path))
    assert "401" in report.warnings[0]
    assert "says little" in report.warnings[0]
    assert report.conclusion is not Conclusion.COMPLIANT


def test_a_run_against_a_web_site_asks_whether_the_base_url_is_right(tmp_path: Path) -> None:
    page = Scripted(answer=lambda ask: Reply(200, b"<html></html>", headers=(("Content-Type", "text/html"),)))
    _, report = judged(open_recording(collect(tmp_path, page).path))
    assert any("is the base URL right?" in warning for warning in report.warnings)
    _, usual = judged(open_recording(collect(tmp_path / "usual", Scripted()).path))
    assert not any("base URL" in warning for warning in usual.warnings)
