"""What cannot be told from an evidence pack is left open: a part that is missing or does not fit never passes a row."""

from __future__ import annotations

import pytest

from fixtures.supplier.edits import Edit
from fixtures.supplier.scenario import Scenario
from tests.cli.support import outcomes
from tests.conformance.packs import report_of

ROOT = "pack.yaml"
GUIDE = {"id": "user-guide", "path": "product/user-guide.md", "kind": "guide"}
OPEN = {
    "the list of what does not apply does not fit": (
        "evidence-pack",
        "PK-NA",
        (Edit(resource=ROOT, at="/not-applicable", value=[{"requirement": "all", "reason": "no-ai"}]),),
    ),
    "the functions that would contradict the product do not fit": (
        "evidence-pack",
        "PK-NA",
        (
            Edit(resource=ROOT, at="/product/ai", value="no"),
            Edit(resource=ROOT, at="/product/types", value=["epr"]),
            Edit(resource="ai/ai.yaml", at="/functions/0/further", value="1"),
        ),
    ),
    "nothing but the root names a version": (
        "evidence-pack",
        "PK-VERSION",
        (Edit(resource=ROOT, at="/artefacts", value=[GUIDE]), Edit(resource=ROOT, at="/endpoints", value=[])),
    ),
    "the versions of the hazard log are not listed": (
        "clinical-safety",
        "CS-CASE-02",
        (Edit(resource="safety/safety.yaml", at="/hazard-log/versions", remove=True),),
    ),
    "the interfaces of the product do not fit": (
        "clinical-safety",
        "CS-HAZ-10",
        (Edit(resource=ROOT, at="/endpoints/0/url", value="none"),),
    ),
    "the export of defects has no line": (
        "clinical-safety",
        "CS-CASE-07",
        (Edit(resource="safety/defects.csv", at="", value="id,title,labels,status,opened\n"),),
    ),
    "the next review is planned for after fifty years": (
        "clinical-safety",
        "CS-CASE-05",
        (Edit(resource="safety/safety.yaml", at="/risk-management/review-every-months", value="600"),),
    ),
    "the certificate of the device is a file of another kind": (
        "clinical-safety",
        "CS-MD-02",
        (Edit(resource="device/device.yaml", at="/devices/0/certificate/artefact", value="sbom"),),
    ),
    "the file that shows NHS login is of another kind": (
        "dtac-v2",
        "DT-FORM-04",
        (Edit(resource="dtac/dtac.yaml", at="/answers/38/evidence", value=["sbom"]),),
    ),
    "the results of axe are of seven years ago": (
        "accessibility",
        "AX-01",
        (Edit(resource="accessibility/axe.json", at="/pages/0/timestamp", value="2019-11-22T09:00:00Z"),),
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_cannot_be_told_is_left_open(name: str) -> None:
    profile, row, edits = OPEN[name]
    scenario = Scenario(name="open", kind="fault", requirements=(row,), title=name, pack=edits)
    assert outcomes(report_of(profile, scenario, only=[row]))[row].startswith("inconclusive")
