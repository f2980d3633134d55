"""The files of a bulk export: lines of JSON, each a resource of the type that the manifest says, as many as it says.

Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-output-file-request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from checker.checks.bulk import finding, run_of
from checker.checks.bulk_jobs import manifest_in
from checker.checks.refusal import refusal
from checker.model.asked import Exported
from checker.model.exchange import joined
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, parse_json

_NO_ANSWER = frozenset({401, 403, 407, 429, 502, 503, 504})
_NDJSON = frozenset({"application/fhir+ndjson", "application/ndjson", "application/x-ndjson"})


@check(
    "bulk.files",
    params=Exported,
    needs=lambda p, settings: [run_of(p)],
    source="https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-output-file-request",
)
def files(ev: EvidenceView, p: Exported) -> Iterator[Statement]:
    """Every file is NDJSON: a resource on each line, of the type and number of the manifest, each once.

    The first files are fetched, as many as the profile allows, and each within the limit of a body; one that is longer
    decides nothing. Where the manifest says ``requiresAccessToken``, the first file is asked for without a credential
    too, and refused; the control is the same request with it.

    Good: 12 lines, each a Patient; 401 without a token. Bad: 11 lines where the manifest says 12; a JSON array.
    """
    view = ev.record(run_of(p))
    found = manifest_in(view, p)
    if found is None:
        yield view.undecided("the manifest of the export")
        return
    listed = found[1].get("output")
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if not entries:
        message = "the export holds no file: load at least one synthetic record"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(found[0].id,))
    for number in range(p.files):
        for exchange in view.exchanges(f"file {number}"):
            yield from _file(exchange, _entry(entries, exchange, ev.supplier.base_url))
    left = view.record.notes.get("not-fetched")
    if left:
        message = f"{left} files of the export were not fetched: the profile allows {p.files}"
        yield Undecided(reason=Reason.BUDGET, message=message)
    yield from _closed(ev, p)


def _entry(entries: list[dict[str, Any]], exchange: Exchange, base_url: str) -> dict[str, Any]:
    """What the manifest says of the file of an exchange. (A redirect may have changed its URL: then nothing.)"""
    for one in entries:
        if isinstance(one.get("url"), str) and joined(base_url, one["url"]) == exchange.request.url:
            return one
    return {}


def _file(exchange: Exchange, entry: dict[str, Any]) -> Iterator[Statement]:
    what = "A file of the export"
    if exchange.response is None or exchange.failure is not None or exchange.status in _NO_ANSWER:
        reason = exchange.failure.reason if exchange.failure else Reason.NETWORK
        message = f"{what} was answered with {exchange.status or 'nothing'}"
        yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
        return
    if exchange.status != 200:
        yield finding(exchange, f"{what} was answered with {exchange.status}.", "200", str(exchange.status))
        return
    if exchange.lost:
        message = f"{what} cannot be looked at"
        reason = exchange.evidence.withheld or Reason.NO_DATA
        yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
        return
    problems = list(_problems(exchange, entry))
    for place, expected, actual in problems:
        yield finding(exchange, f"{what} is not what the manifest says.", expected, actual, place)
    if not problems:
        yield Examined(what=f"{what} is what the manifest says.", evidence=(exchange.id,))


def _problems(exchange: Exchange, entry: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    media_type = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type not in _NDJSON:
        yield "", "application/fhir+ndjson", media_type[:80] or "no Content-Type"
    lines = (exchange.body_bytes or b"").split(b"\n")
    wanted = entry.get("type")
    kinds: Counter[str] = Counter()
    ids: Counter[str] = Counter()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            if line.strip(b"\r") or number < len(lines) - 1:
                yield f"#line={number}", "a resource on each line", "an empty line"
                return
            continue
        body = parse_json(line)
        if not body.resource_type:
            yield f"#line={number}", "a resource on each line", body.problem[:80] or "JSON that is no resource"
            return
        kinds[body.resource_type] += 1
        identity = body.value.get("id")
        if isinstance(identity, str):
            ids[f"{body.resource_type}/{identity}"] += 1
    others = sum(count for kind, count in kinds.items() if kind != wanted)
    if isinstance(wanted, str) and others:
        yield "", f"{wanted[:60]} on each line", f"{others} of another type"
    count = entry.get("count")
    if isinstance(count, int) and not isinstance(count, bool) and count != sum(kinds.values()):
        yield "", f"{count} resources", str(sum(kinds.values()))
    twice = sum(1 for number in ids.values() if number > 1)
    if twice:
        yield "", "each resource once", f"{twice} more than once"


def _closed(ev: EvidenceView, p: Exported) -> Iterator[Statement]:
    for control, mutant in ev.record(run_of(p)).pairs():
        if control.http.interaction == "bulk-file":
            yield from refusal(
                control,
                mutant,
                differs_in="identity",
                gives="file",
                works=lambda one: bool(one.body_bytes),
                refused=lambda one: one.status in (401, 403),
                what="A file of the export without a credential",
                expected="401",
            )
