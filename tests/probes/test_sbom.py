"""Bills of materials as they are read: CycloneDX, SPDX, and what is neither."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checker.probes.private_keys import PrivateKeys
from checker.probes.sbom import facts_of

SPDX: dict[str, Any] = {
    "spdxVersion": "SPDX-2.3",
    "dataLicense": "CC0-1.0",
    "SPDXID": "SPDXRef-DOCUMENT",
    "name": "Rowan Record",
    "documentNamespace": "https://supplier.example/spdx/4.2.0",
    "creationInfo": {"created": "2026-09-14T08:30:00Z", "creators": ["Organization: Harrow & Vale", "Tool: x"]},
    "packages": [
        {"SPDXID": "SPDXRef-root", "name": "Rowan Record", "versionInfo": "4.2.0", "downloadLocation": "NOASSERTION"},
        {"SPDXID": "SPDXRef-a", "name": "quill-web", "versionInfo": "3.4.1", "downloadLocation": "NOASSERTION"},
    ],
    "relationships": [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-root"},
        {"spdxElementId": "SPDXRef-a", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-root"},
    ],
}


def test_spdx_comes_to_the_same_form() -> None:
    found = facts_of(json.dumps(SPDX).encode())
    assert found["root"] == {"ref": "SPDXRef-root", "name": "Rowan Record", "version": "4.2.0"}
    assert (found["authored"], found["schema"]["faults"]) == (True, [])
    assert [found[name]["count"] for name in ("unreached", "dangling", "repeated")] == [0, 0, 0]
    del SPDX["packages"][1]["downloadLocation"]
    assert facts_of(json.dumps(SPDX).encode())["schema"]["faults"] == ["/packages/1/downloadLocation: a key is missing"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        b'{"bomFormat":"CycloneDX","specVersion":"1.6","components":'
        + b'[{"components":' * 300
        + b"1"
        + b"}]" * 300
        + b"}",
        b"[]",
    ],
)
def test_what_is_none_is_said_to_be_none(text: bytes) -> None:
    assert facts_of(text).keys() == {"fault"}


@pytest.mark.parametrize("wrong", [None, 7, "x", [], [None, 7, "x", [], {}], {"a": 1}])
def test_odd_parts_break_nothing(wrong: Any) -> None:
    for name in (
        "components",
        "metadata",
        "dependencies",
        "vulnerabilities",
        "services",
        "specVersion",
        "serialNumber",
    ):
        assert "components" in facts_of(json.dumps({"bomFormat": "CycloneDX", name: wrong}).encode())
    for name in ("packages", "relationships", "creationInfo", "documentDescribes", "files"):
        assert "components" in facts_of(json.dumps({"spdxVersion": "SPDX-2.3", name: wrong}).encode())


def test_a_key_is_found_wherever_the_file_is_cut() -> None:
    text = b"a" * 50 + b"-----BEGIN RSA PRIVATE KEY-----\n" + b"INVENTED" * 20 + b"\n-----END RSA PRIVATE KEY-----\n"
    for cut in range(len(text)):
        reader = PrivateKeys()
        reader.feed(text[:cut])
        reader.feed(text[cut:])
        reader.end()
        assert reader.facts()["keys"] == {"PEM": 1}
