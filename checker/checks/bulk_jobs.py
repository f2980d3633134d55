"""The job of a bulk export: how far it is, what it made, and that it can be cancelled.

Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer
from checker.checks.bulk import GUIDE, NO_ANSWER, cancelled, finding, run_of
from checker.checks.refusal import refusal
from checker.model.asked import Exported
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def statuses(view: RecordView, p: Exported) -> list[Exchange]:
    """The looks at the status, in order."""
    return [one for number in range(p.polls) for one in view.exchanges(f"status {number}")]


def manifest_in(view: RecordView, p: Exported) -> tuple[Exchange, dict[str, Any]] | None:
    """The manifest of a finished export, with the answer that brought it."""
    last = statuses(view, p)[-1:]
    value = last[0].json().value if last and last[0].status == 200 else None
    return (last[0], value) if isinstance(value, dict) else None


@check(
    "bulk.status", params=Exported, needs=lambda p, settings: [run_of(p)], source=f"{GUIDE}#bulk-data-status-request"
)
def status(ev: EvidenceView, p: Exported) -> Iterator[Statement]:
    """The status of an export is 202 until it is done, and then 200 with a manifest in JSON.

    The manifest has ``transactionTime`` (an instant), ``request`` (the URL of the kick-off), ``requiresAccessToken``
    (true or false), ``output`` and ``error``, each entry with type and url. While it is under way Retry-After is a
    time or a number of seconds, and X-Progress shorter than 100 characters, where they are given. They are waited for.

    Good: 202 with ``Retry-After: 120``, then 200. Bad: 200 with NDJSON; a manifest without ``error``.
    """
    view = ev.record(run_of(p))
    seen = statuses(view, p)
    if not seen:
        yield view.undecided("the status of the export")
        return
    for exchange in seen:
        if exchange.status == 202 and len(exchange.header("X-Progress") or "") >= 100:
            yield finding(exchange, "X-Progress is too long.", "less than 100 characters", "100 or more")
    last = seen[-1]
    if last.status == 202:
        yield Undecided(reason=Reason.TIMEOUT, message="the export was not done in time", evidence=(last.id,))
    elif last.response is None or last.status in (401, 403, *NO_ANSWER):
        message = f"the status was answered with {last.status or 'nothing'}"
        yield Undecided(reason=Reason.NETWORK, message=message, evidence=(last.id,))
    elif last.status != 200:
        yield finding(last, f"The status was answered with {last.status}.", "202, then 200", str(last.status))
    else:
        yield from _manifest(last)


def _manifest(exchange: Exchange) -> Iterator[Statement]:
    value = exchange.json().value
    media_type = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type not in ("application/json", "application/fhir+json"):
        yield finding(exchange, "The manifest is not application/json.", "application/json", media_type[:80] or "none")
    if not isinstance(value, dict):
        yield finding(exchange, "The manifest is no JSON object.", "a JSON object", exchange.json().problem or "other")
        return
    problems = list(_manifest_problems(value))
    for place, problem in problems[:10]:
        yield finding(exchange, "The manifest is not as the guide has it.", "what it asks for", problem, f"#/{place}")
    if not problems:
        yield Examined(what="The manifest is as the guide has it.", evidence=(exchange.id,))


def _manifest_problems(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    at = value.get("transactionTime")
    if not isinstance(at, str) or not _INSTANT.fullmatch(at):
        yield "transactionTime", "no instant"
    if not isinstance(value.get("request"), str) or not value["request"]:
        yield "request", "missing"
    if not isinstance(value.get("requiresAccessToken"), bool):
        yield "requiresAccessToken", "neither true nor false"
    for name in ("output", "error", "deleted"):
        listed = value.get(name)
        if listed is None and name == "deleted":
            continue
        if not isinstance(listed, list):
            yield name, "missing, or no array"
            continue
        for index, one in enumerate(listed):
            if not isinstance(one, dict) or not isinstance(one.get("type"), str) or not isinstance(one.get("url"), str):
                yield f"{name}/{index}", "no type or no url"
            elif "count" in one and (not isinstance(one["count"], int) or isinstance(one["count"], bool)):
                yield f"{name}/{index}/count", "no number"


@check(
    "bulk.cancel",
    params=Exported,
    needs=lambda p, settings: [cancelled(p), run_of(p)],
    source=f"{GUIDE}#bulk-data-delete-request",
)
def cancel(ev: EvidenceView, p: Exported) -> Iterator[Statement]:
    """DELETE of the place of an export answers 202; whoever asks for it afterwards gets 404 and an OperationOutcome.

    An export is started for this and cancelled at once. The one that was followed to its end is deleted too.

    Good: 202, then 404. Bad: 405: the files of an export that nobody wants stay where they are.
    """
    view = ev.record(cancelled(p))
    done = answer(view, "delete", "DELETE of an export")
    if isinstance(done, Undecided):
        yield done
        return
    if done.status in (401, 403, *NO_ANSWER):
        message = f"DELETE of an export was answered with {done.status}"
        yield Undecided(reason=Reason.NETWORK, message=message, evidence=(done.id,))
        return
    if done.status != 202:
        yield finding(done, f"DELETE of an export was answered with {done.status}.", "202", str(done.status))
        return
    gone = answer(view, "gone", "the status of a cancelled export")
    if isinstance(gone, Undecided):
        yield gone
    elif gone.status == 404 and gone.json().resource_type == "OperationOutcome":
        yield Examined(what="A cancelled export is gone.", evidence=(done.id, gone.id))
    elif gone.status in NO_ANSWER:
        message = f"the status of a cancelled export was answered with {gone.status}"
        yield Undecided(reason=Reason.NETWORK, message=message, evidence=(gone.id,))
    else:
        message = "An export that was cancelled can still be asked for."
        actual = f"{gone.status}, {gone.json().resource_type or 'no OperationOutcome'}"
        yield finding(gone, message, "404 with an OperationOutcome", actual)


@check(
    "bulk.parameters",
    params=Exported,
    needs=lambda p, settings: [cancelled(p), run_of(p)],
    source=f"{GUIDE}#query-parameters",
)
def parameters(ev: EvidenceView, p: Exported) -> Iterator[Statement]:
    """``_type``, ``_since`` and ``_outputFormat`` are taken, and a format that nobody has is refused.

    An export with ``_type`` holds no other type. A kick-off with ``_since`` and the short name ``ndjson`` is accepted;
    the same with a format that nobody has is refused with 4xx.

    Good: 202 and 400. Bad: 400 to ``_outputFormat=ndjson``; a file of Observations where Patients were asked for.
    """
    for control, mutant in ev.record(cancelled(p)).pairs():
        if control.response is not None and 400 <= control.status < 500 and control.status not in (401, 403, 429):
            what = "A kick-off with _since and _outputFormat=ndjson"
            if not statuses(ev.record(run_of(p)), p):
                message = f"{what} was refused with {control.status}, and no export was begun without these either"
                yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(control.id,))
                continue
            yield finding(control, f"{what} was refused with {control.status}.", "202", str(control.status))
            continue
        yield from refusal(
            control,
            mutant,
            differs_in="url",
            gives="export",
            works=lambda one: one.status == 202,
            refused=lambda one: 400 <= one.status < 500,
            what="A kick-off with a format that nobody has",
            expected="400 with an OperationOutcome",
        )
    found = manifest_in(ev.record(run_of(p)), p)
    if found is None:
        yield ev.record(run_of(p)).undecided("the manifest of the export")
        return
    exchange, manifest = found
    listed = manifest.get("output")
    told = [one.get("type") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    kinds = {one if isinstance(one, str) else "" for one in told}
    if kinds - set(p.types):
        message = "An export with _type holds other types."
        yield finding(exchange, message, ", ".join(p.types), f"{len(kinds - set(p.types))} more", "#/output")
    elif kinds:
        yield Examined(what="An export with _type holds these types alone.", evidence=(exchange.id,))
