"""The profile `supply-chain` over what an invented company submits, and over the same with something changed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from checker.cli.clock import SystemClock
from fixtures.supplier import edits
from fixtures.supplier.scenario import SUPPLY_CHAIN, Scenario
from tests.cli.in_process import here
from tests.conformance import folders

PROFILE = SUPPLY_CHAIN
PRODUCT = ("--name", "Harrow & Vale", "--product", "Rowan Record", "--product-version", "4.2.0")
FILES = {
    "sbom": "sbom.json",
    "vulnerability-report": "vulnerabilities.yaml",
    "assurance": "assurance.yaml",
    "config-export": "config-export.yaml",
}
"""Kind of artefact → the file of the folder."""
EARLIER = "sbom-earlier.json"
"""Not in the folder: an edit of ``/`` makes it."""
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""When these files are judged: certificates end."""

scenarios = partial(folders.scenarios, PROFILE)


def report_of(
    scenario: Scenario | None = None,
    *,
    without: Iterable[str] = (),
    as_of: str = "",
    product: tuple[str, ...] = PRODUCT,
) -> dict[str, Any]:
    """The report on what is submitted, with a scenario's edits made and some kinds left out."""
    asked = scenario.edits.get(PROFILE, ()) if scenario else ()
    texts = {kind: _text(name, asked) for kind, name in FILES.items() if kind not in set(without)}
    for one in asked:
        if one.resource == EARLIER:
            texts["sbom-earlier"] = json.dumps(one.value).encode()
    return report_on(texts, as_of=as_of, product=product)


def report_on(texts: dict[str, bytes], *, as_of: str = "", product: tuple[str, ...] = PRODUCT) -> dict[str, Any]:
    """The report on files by kind of artefact, as at ``NOW``."""
    with tempfile.TemporaryDirectory(prefix="supply-") as place, patch.object(SystemClock, "now", lambda self: NOW):
        given: list[str] = []
        for kind, text in texts.items():
            (Path(place) / kind).write_bytes(text)
            given += ["--artefact", f"{kind}={kind}"]
        dated = ["--as-of", as_of] if as_of else []
        done = here("run", "-p", PROFILE, *product, *given, *dated, "-q", "-o", "json:report.json", cwd=Path(place))
        assert (Path(place) / "report.json").exists(), done.stderr
        found: dict[str, Any] = json.loads((Path(place) / "report.json").read_bytes())
        return found


def _text(name: str, asked: Iterable[edits.Edit]) -> bytes:
    text = (edits.EXPORTS / PROFILE / name).read_bytes()
    own = [one for one in asked if one.resource == name]
    if not own:
        return text
    found = json.loads(text) if name.endswith(".json") else yaml.load(text, Loader=yaml.BaseLoader)
    for one in own:
        if one.at == "":
            return str(one.value).encode()
        edits.make(found, one)
    return json.dumps(found, ensure_ascii=False).encode()  # which is YAML too
