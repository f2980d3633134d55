"""The synthetic records that every server is given: those of the reference supplier's export."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from checker.fhir.confidentiality import is_restricted
from fixtures.supplier.export import rows

_WITHHELD = ("address", "generalPractitioner")
_FIRST = ("Organization", "Practitioner", "Patient", "RelatedPerson", "Encounter")
"""What others refer to, in the order in which a server that checks references can take it."""


def records() -> list[dict[str, Any]]:
    """The current version of every resource, those that are referred to first.

    The export leaves out where restricted patients live and who treats them. These servers are told: whether they keep
    it to themselves is for the run to show. And the second patient has neither, so that it can be seen whether a search
    tells those who have one from those who have none.
    """
    by_type = rows()
    told = {name: by_type["Patient"][0][name] for name in _WITHHELD}
    by_type["Patient"] = [
        {**told, **row} if is_restricted(row) else {**row, **dict.fromkeys(_WITHHELD if at == 1 else ())}
        for at, row in enumerate(by_type["Patient"])
    ]
    by_type["Patient"][1] = {name: value for name, value in by_type["Patient"][1].items() if value is not None}
    order = [*(kind for kind in _FIRST if kind in by_type), *sorted(set(by_type) - set(_FIRST))]
    return [row for kind in order for row in by_type[kind]]


def write_ndjson(folder: Path, resources: Iterable[dict[str, Any]]) -> None:
    """One file for each type, as ``Patient.ndjson``."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {}
    for row in resources:
        lines.setdefault(row["resourceType"], []).append(json.dumps(row, ensure_ascii=False) + "\n")
    for kind, found in lines.items():
        (folder / f"{kind}.ndjson").write_text("".join(found), "utf-8")


def put_all(base_url: str, ca: Path | None, resources: list[dict[str, Any]]) -> Counter[str]:
    """PUT them, the first patient twice so that one record has two versions; how many had which answer.

    The key is the status and, of a refusal, the type and the beginning of what was said.
    """
    first = next(row for row in resources if row["resourceType"] == "Patient")
    earlier = {**first, "active": not first.get("active", True)}
    before = [row for row in resources if row["resourceType"] in _FIRST[:2]]
    after = [row for row in resources if row["resourceType"] not in _FIRST[:2]]
    answers: Counter[str] = Counter()
    for row in (*before, earlier, *after):
        answers[_put(base_url, ca, row)] += 1
    return answers


def _put(base_url: str, ca: Path | None, row: dict[str, Any]) -> str:
    kind = row["resourceType"]
    request = urllib.request.Request(
        f"{base_url}/{kind}/{row['id']}",
        data=json.dumps(row).encode(),
        method="PUT",
        headers={"Content-Type": "application/fhir+json"},
    )
    context = ssl.create_default_context(cafile=str(ca)) if ca else ssl.create_default_context()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=60) as answer:
            return str(answer.status)
    except urllib.error.HTTPError as error:
        return f"{error.code} {kind}: {error.read()[:300].decode('utf-8', 'replace')}"
