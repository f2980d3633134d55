"""Put a judgement into the report that every format renders from. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from checker import __version__
from checker.engine.case import Case
from checker.engine.decision import decision_of
from checker.engine.demonstration import demonstration_obstacle
from checker.engine.latency_note import latency_note
from checker.engine.left_behind import left_behind
from checker.engine.recording import Manifest, Recording
from checker.engine.tally import conclude, exit_code, is_red, tally_of
from checker.engine.warnings import run_warnings
from checker.model.claims import ClaimsNote
from checker.model.dtac import DtacNote
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.quality import DataQualityNote
from checker.model.report import (
    Cell,
    ProfileNote,
    RecordingNote,
    Report,
    Row,
    Scope,
    SupplierNote,
    Tally,
)
from checker.model.requirement import Profile, Requirement
from checker.model.shopping import ShoppingNote
from checker.model.terms import Conclusion, Cover, FailOn, Obligation, Outcome, Vouching
from checker.model.verdict import Verdict


def build_report(
    *,
    case: Case,
    profile: Profile,
    verdicts: Mapping[str, Verdict],
    scope: Scope,
    fail_on: FailOn,
    as_of: datetime,
    subset: bool,
    annex_digest: str = "",
    unused_waivers: Sequence[str] = (),
    inputs: Mapping[str, str] | None = None,
    unproved: Collection[str] = (),
    notes: Sequence[str] = (),
    data_quality: DataQualityNote | None = None,
    claims: ClaimsNote | None = None,
    shopping_list: ShoppingNote | None = None,
    dtac: DtacNote | None = None,
) -> Report:
    """The report.

    ``subset``: rows were picked by hand, which never concludes compliant. ``unproved``: digests of
    recordings that say they were witnessed, and that no trusted assessor signed. ``notes``: what
    the reader must hear of what was given besides. ``data_quality``: the fields of an export in numbers.
    ``claims``: what is claimed beside what was seen. ``annex_digest``: what the notice says was demanded, if given.
    ``shopping_list``: what of must-support nobody has shown.
    ``dtac``: the DTAC form of an evidence pack.
    """
    interrupted = any(recording.manifest.interrupted for recording in case.recordings)
    against = [*obstacles(case, subset=subset), *_other_annex(profile, annex_digest)]
    tally = tally_of(verdicts.values(), against)
    conclusion = conclude(tally, scope)
    code = exit_code(tally, scope, fail_on, interrupted=interrupted)
    rows = tuple(_row(profile, row, verdicts[row.id], scope, fail_on) for row in profile.requirements)
    decision = decision_of(profile, rows, conclusion, tally.obstacles)
    return Report(
        tool_version=__version__,
        supplier=_supplier_note(case),
        profile=_profile_note(profile),
        recordings=tuple(_recording_note(recording, unproved) for recording in case.recordings),
        as_of=as_of,
        scope=scope,
        fail_on=fail_on,
        conclusion=conclusion,
        headline=headline(conclusion, scope, [_vouching(one, unproved) for one in case.recordings], rows, tally),
        warnings=(
            *notes,
            *left_behind(case),
            *run_warnings(case, profile, rows, tally, code, fail_on, unproved=bool(unproved)),
        ),
        exit_code=code,
        interrupted=interrupted,
        tally=tally,
        rows=rows,
        outside_scope=tuple(row.id for row in rows if not row.in_scope),
        unused_waivers=tuple(unused_waivers),
        inputs=dict(inputs or {}),
        data_quality=data_quality,
        claims=claims,
        shopping_list=shopping_list,
        dtac=dtac,
        latencies=latency_note(case),
        decision=decision,
    )


def obstacles(case: Case, *, subset: bool) -> list[str]:
    """Why this judgement can never conclude compliant, whatever its rows say."""
    found: list[str] = []
    for recording in case.recordings:
        manifest = recording.manifest
        if manifest.interrupted:
            found.append("The collection was interrupted: the recording is partial.")
        found += _changes_during(manifest)
    if said := demonstration_obstacle([recording.manifest for recording in case.recordings]):
        found.append(said)
    if subset:
        found.append("Only some requirements were picked: a subset never concludes compliant.")
    return found


def _other_annex(profile: Profile, annex_digest: str) -> list[str]:
    """A judgement under another list of requirements than that of the notice is not one for that notice."""
    if annex_digest.removeprefix("sha256:").lower() in ("", profile.digest):
        return []
    return [
        f"This was judged under another list of requirements than the notice names: its digest is {profile.digest}."
    ]


def _changes_during(manifest: Manifest) -> list[str]:
    """A server that is another at the end than at the start was not examined as one."""
    found = []
    for what, start, end in (
        ("software", manifest.software_start, manifest.software_end),
        ("certificate", manifest.key_start, manifest.key_end),
    ):
        if start and not end:
            found.append(f"Whether the {what} of the server was the same at the end of the run could not be seen.")
        elif start != end:
            found.append(f"The {what} of the server changed during the run.")
    return found


def headline(
    conclusion: Conclusion, scope: Scope, vouched: Iterable[Vouching], rows: Iterable[Row], tally: Tally
) -> str:
    """What the conclusion rests on in one sentence, with scope and who vouches."""
    counted = [row.verdict for row in rows if row.in_scope and row.verdict.obligation is Obligation.MUST]
    failed = sum(v.outcome is Outcome.FAIL and v.cover is Cover.NONE for v in counted)
    open_rows = sum(
        v.outcome in (Outcome.INCONCLUSIVE, Outcome.ERROR) and (v.cover is Cover.NONE or v.outcome is Outcome.ERROR)
        for v in counted
    )
    passed = sum(v.outcome is Outcome.PASS for v in counted)
    covered = [v.cover for v in counted if v.cover is not Cover.NONE]
    waived = sum(cover is Cover.WAIVER for cover in covered)
    compliant = conclusion is Conclusion.COMPLIANT
    attested = sum(cover is Cover.ATTESTATION for cover in covered)
    parts = [f"{passed} of {len(counted)} MUST requirements pass", f"{failed} fail" if failed else ""]
    parts += [f"{open_rows} could not be decided" if open_rows else "", f"{attested} attested" if attested else ""]
    vouching = ", ".join(dict.fromkeys(str(one) for one in vouched))
    parts += [f"compliant with {waived} waiver{'s' if waived > 1 else ''}" if compliant and waived else ""]
    parts += [f"{waived} waived" if waived and not compliant else ""]
    whole = "; ".join(part for part in parts if part)
    why_not = f" {tally.obstacles[0]}" if conclusion is Conclusion.INCONCLUSIVE and tally.obstacles else ""
    return f"{whole} (scope {scope.name}, evidence {vouching}).{why_not}"


def _row(profile: Profile, row: Requirement, verdict: Verdict, scope: Scope, fail_on: FailOn) -> Row:
    cell = Cell.of(verdict)
    origin = profile.origins.get(row.id, {}).get("id")
    return Row(
        id=row.id,
        summary=row.summary,
        clause=row.clause,
        verb=row.verb,
        rationale=row.rationale,
        fix=row.fix,
        tags=row.tags,
        confirmed=row.confirmed,
        draft=row.draft,
        waivable=row.waivable,
        advisory=row.advisory,
        evidence_floor=row.evidence_floor,
        source=f"{_plain_source(origin.source)}:{origin.line}" if origin else profile.id,
        verdict=verdict,
        in_scope=scope.takes(cell),
        red=is_red(cell, scope, fail_on),
    )


def _plain_source(source: str) -> str:
    """Where a row is written, without the folder of the machine that judges."""
    ours = source.startswith("profiles/") and ".." not in source
    return source if ours else source.replace("\\", "/").rpartition("/")[2]


def _supplier_note(case: Case) -> SupplierNote:
    supplier = case.supplier
    return SupplierNote(
        name=supplier.name,
        product=supplier.product,
        version=supplier.version,
        environment=supplier.environment,
        base_url=supplier.base_url,
    )


def _profile_note(profile: Profile) -> ProfileNote:
    return ProfileNote(
        id=profile.id,
        version=profile.version,
        title=profile.title,
        digest=profile.digest,
        modified=profile.modified,
        changes=profile.changes,
        includes=profile.includes,
    )


def _vouching(recording: Recording, unproved: Collection[str]) -> Vouching:
    """Who vouches, as far as it is proved: a claim to have witnessed that nobody signed counts for nothing."""
    manifest = recording.manifest
    if recording.digest not in unproved:
        return manifest.vouching
    return Vouching.CHALLENGED if manifest.challenge else Vouching.SELF_DECLARED


def _recording_note(recording: Recording, unproved: Collection[str]) -> RecordingNote:
    manifest = recording.manifest
    return RecordingNote(
        digest=recording.digest,
        format=manifest.format,
        vouching=_vouching(recording, unproved),
        challenge=manifest.challenge,
        profile=manifest.profile,
        profile_digest=manifest.profile_digest,
        tool_version=manifest.tool_version,
        started=manifest.started,
        ended=manifest.ended,
        complete=manifest.complete,
        evidence=len(manifest.evidence),
        requests=sum(item.kind == HTTP_EXCHANGE for item in recording.evidence.values()),
        planned=manifest.planned,
        most=manifest.most,
        chain=manifest.chain,
        software_start=manifest.software_start,
        software_end=manifest.software_end,
    )
