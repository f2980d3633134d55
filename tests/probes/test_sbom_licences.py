"""The licences of each component, as a bill of materials tells them: ids, expressions, names, nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checker.probes.sbom import facts_of

CYCLONEDX: dict[str, Any] = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}


def _of(document: dict[str, Any]) -> list[Any]:
    return [one["licences"] for one in facts_of(json.dumps(document).encode())["components"]]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([{"license": {"id": "MIT"}}], [{"form": "spdx", "text": "MIT"}]),
        ([{"expression": "MIT OR X11"}], [{"form": "spdx", "text": "MIT OR X11"}]),
        ([{"license": {"name": "Larch Licence"}}], [{"form": "name", "text": "Larch Licence"}]),
        ([{"license": {"url": "https://licence.example"}}, "MIT", {"license": {"id": 7}}, {}], []),
        (None, []),
        ("MIT", []),
    ],
)
def test_cyclonedx_tells_ids_expressions_and_names(given: Any, found: list[Any]) -> None:
    component = {"type": "library", "name": "larch", "licenses": given}
    assert _of({**CYCLONEDX, "components": [component]}) == [found]


def test_no_more_than_forty_are_kept_of_one_component() -> None:
    many = [{"license": {"id": f"Own-{number}"}} for number in range(60)]
    (kept,) = _of({**CYCLONEDX, "components": [{"type": "library", "name": "larch", "licenses": many}]})
    assert len(kept) == 40


@pytest.mark.parametrize(
    ("concluded", "declared", "found"),
    [("MIT", "X11", ["MIT"]), ("NOASSERTION", "X11", ["X11"]), ("NONE", None, []), (None, "NOASSERTION", [])],
)
def test_spdx_tells_what_was_concluded_or_else_declared(concluded: Any, declared: Any, found: list[str]) -> None:
    package = {"SPDXID": "SPDXRef-a", "name": "larch", "licenseConcluded": concluded, "licenseDeclared": declared}
    document = {"spdxVersion": "SPDX-2.3", "packages": [package]}
    assert [[one["text"] for one in licences] for licences in _of(document)] == [found]
