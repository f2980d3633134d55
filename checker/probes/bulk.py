"""Probes of a bulk export: started, followed to its end, and removed again.

An export is a job on the server, and takes the data of many patients out of it: that is no read. These probes are of
class S3, and a run that does not allow writes does without. Whatever was started is deleted in the end, also where
something on the way went wrong; only a run that is interrupted leaves its job behind.

Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from checker.model.asked import Exported
from checker.model.exchange import Request, joined
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.view import Exchange
from checker.probes.access import CREDENTIAL_KINDS, default_kind

BULK = "bulk"
_KICK_OFF = (("Accept", "application/fhir+json"), ("Prefer", "respond-async"))
_FILE = (("Accept", "application/fhir+ndjson"),)
_STATUS = (("Accept", "application/json"),)
LONG_AGO = "1900-01-01T00:00:00Z"
NO_FORMAT = "application/x-no-such-format"
_LONGEST_S = 60.0
_DIGITS = re.compile(r"[0-9]{1,6}")


def kick_off(s: Session, p: Exported, **more: str) -> Request:
    """The request that starts an export."""
    return Request(url=s.url(p.path, _type=",".join(p.types), **more), headers=_KICK_OFF)


def job_of(exchange: Exchange) -> str:
    """Where the job of an accepted kick-off can be asked for; "" if none was accepted."""
    place = exchange.header("Content-Location") or ""
    return joined(exchange.request.url, place) if exchange.status == 202 and place else ""


def pause_s(exchange: Exchange, number: int) -> float:
    """How long to wait before the next look: as Retry-After says, else twice as long each time, up to a minute."""
    text = (exchange.header("Retry-After") or "").strip()
    if text.isascii() and _DIGITS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text) if text else None
        seconds = (moment - exchange.at).total_seconds() if moment is not None else None
    except (TypeError, ValueError, OverflowError):
        seconds = None
    return max(0.0, seconds) if seconds is not None else min(2.0**number, _LONGEST_S)


@probe(
    "bulk.export",
    "1",
    params=Exported,
    budget=lambda p: Budget(requests=2 + p.polls + p.files + 2 + 3),
    safety=Safety.S3,
    identities=lambda p: ("default", ""),
)
async def export(s: Session, p: Exported) -> None:
    """Start an export, with a credential and without, follow it, fetch its files, and delete it.

    The pair of kick-offs is the test that nobody in particular can start one; the pair on the first file likewise.
    """
    control = kick_off(s, p)
    if default_kind(s) in CREDENTIAL_KINDS:
        mutant = msgspec.structs.replace(control, identity="")
        begun, other = await s.pair(control, mutant, differs_in="identity", interaction="bulk-kick-off", view=BULK)
        stray = job_of(other)
    else:
        s.note("no-credential", True)
        begun = await s.send(control, "kick-off", interaction="bulk-kick-off", view=BULK, fresh=True, follow=False)
        stray = ""
    job = job_of(begun)
    if job:
        manifest = await _followed(s, p, job)
        await _fetched(s, p, manifest)
        await _deleted(s, job, "delete")
    if stray and stray != job:
        await _deleted(s, stray, "delete-stray", identity="")


async def _followed(s: Session, p: Exported, job: str) -> Any:
    """Ask for the status until it is done. The manifest, or None."""
    waited = 0.0
    for number in range(p.polls):
        request = Request(url=job, headers=_STATUS)
        exchange = await s.send(
            request, f"status {number}", interaction="bulk-status", view=BULK, fresh=True, follow=False
        )
        if exchange.status != 202:
            return exchange.json().value if exchange.status == 200 else None
        pause = pause_s(exchange, number)
        if waited + pause > p.most_s:
            s.short(Reason.TIMEOUT, f"the export was not done within {p.most_s:.0f} s")
            return None
        waited += pause
        await s.wait(pause)
    s.short(Reason.BUDGET, f"the export was not done after {p.polls} looks at its status")
    return None


async def _fetched(s: Session, p: Exported, manifest: Any) -> None:
    """The files of the manifest, as many as are allowed, and the first one without a credential."""
    listed = manifest.get("output") if isinstance(manifest, dict) else None
    files = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    urls = [one["url"] for one in files if isinstance(one.get("url"), str)]
    s.note("files", len(urls))
    if len(urls) > p.files:
        s.note("not-fetched", len(urls) - p.files)
    for number, url in enumerate(urls[: p.files]):
        request = Request(url=joined(s.supplier.base_url, url), headers=_FILE)
        await s.send(request, f"file {number}", interaction="bulk-file", view=BULK, fresh=True)
    needs_token = isinstance(manifest, dict) and manifest.get("requiresAccessToken") is True
    if urls and needs_token and default_kind(s) in CREDENTIAL_KINDS:
        control = Request(url=joined(s.supplier.base_url, urls[0]), headers=_FILE)
        mutant = msgspec.structs.replace(control, identity="")
        await s.pair(control, mutant, differs_in="identity", interaction="bulk-file", view=BULK)


async def _deleted(s: Session, job: str, role: str, identity: str = "default") -> None:
    """A job belongs to who started it, also where that is nobody."""
    await s.send(
        Request(url=job, method="DELETE", headers=_KICK_OFF[:1], identity=identity),
        role,
        interaction="bulk-delete",
        view=BULK,
        fresh=True,
        follow=False,
    )


@probe(
    "bulk.cancelled",
    "1",
    params=Exported,
    budget=lambda p: Budget(requests=5),
    safety=Safety.S3,
)
async def cancelled(s: Session, p: Exported) -> None:
    """Start an export of what changed since long ago, as ``ndjson``; and one in a format that nobody has.

    The first is the control of the second. It is cancelled at once, and asked for again.
    """
    control = kick_off(s, p, _outputFormat="ndjson", _since=LONG_AGO)
    mutant = kick_off(s, p, _outputFormat=NO_FORMAT, _since=LONG_AGO)
    begun, other = await s.pair(control, mutant, differs_in="url", interaction="bulk-kick-off", view=BULK)
    stray = job_of(other)
    if stray:
        await _deleted(s, stray, "delete-stray")
    job = job_of(begun)
    if job:
        await _deleted(s, job, "delete")
        request = Request(url=job, headers=_STATUS)
        await s.send(request, "gone", interaction="bulk-status", view=BULK, fresh=True, follow=False)
