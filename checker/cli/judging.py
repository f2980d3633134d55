"""What ``judge`` and ``run`` share: recordings to a report, by files alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from checker.checks.fhir_judging import judging_by
from checker.engine.attestations import apply_attestations, load_attestations
from checker.engine.case import Case, make_case
from checker.engine.claims_note import claims_note
from checker.engine.dtac_note import dtac_note
from checker.engine.judge import Judgement, judge
from checker.engine.judged_by import Given, digests_of, judging_of, notes_of
from checker.engine.plan import make_plan
from checker.engine.quality_note import quality_note
from checker.engine.recording import Recording, open_recording
from checker.engine.report import build_report
from checker.engine.scan_results import ScanResults, scan_again
from checker.engine.shopping_note import shopping_note
from checker.engine.tally import parse_scope
from checker.engine.trust import ROLES, TrustedKey, load_keys, read_signature, verify
from checker.engine.waiver_hazards import hazards_in_force
from checker.engine.waivers import apply_waivers, load_waivers
from checker.errors import UsageFault
from checker.model.registry import Registry
from checker.model.report import Report, Scope
from checker.model.requirement import Profile
from checker.model.supplier import Limits
from checker.model.terms import FailOn, Vouching
from checker.model.value import sha256
from checker.model.verdict import Verdict


def report_of(
    paths: Sequence[Path], profile: Profile, registry: Registry, options: dict[str, Any], definitions: Given
) -> Report:
    """Judge recordings by a profile, with waivers and attestations. No network."""
    keys = load_keys(Path(options["trusted_keys"])) if options.get("trusted_keys") else ()
    recordings = [open_recording(path) for path in paths]
    unproved = {found.digest for path, found in zip(paths, recordings, strict=True) if _unproved(path, found, keys)}
    case = make_case(recordings)
    judging = judging_of(case, definitions)
    as_of = _as_of(options.get("as_of"), case)
    with judging_by(judging):
        judgement = _judged(case, profile, registry, options, judging.held.missing, as_of)
        quality = quality_note(judgement.view, profile)
        claims = claims_note(judgement.view, profile)
        shopping = shopping_note(judgement, profile)
        dtac = dtac_note(judgement.view, profile)
        hazards = hazards_in_force(judgement.view) if options.get("waivers") else None
    verdicts, unused, inputs = _covered(judgement.verdicts, case, profile, as_of, options, hazards)
    misfits = [_misfit(what, options.get(name), keys) for name, what in _SIGNED.items()]
    inputs.update(digests_of(judging))
    return build_report(
        case=case,
        profile=profile,
        verdicts=verdicts,
        scope=_scope(options.get("scope"), profile, _limits(case)),
        fail_on=FailOn(options.get("fail_on") or "must"),
        as_of=as_of,
        subset=bool(options.get("only")),
        annex_digest=options.get("annex_digest") or "",
        unused_waivers=unused,
        inputs=inputs,
        unproved=unproved,
        notes=[note for note in (*misfits, *notes_of(case, judging)) if note],
        data_quality=quality,
        claims=claims,
        shopping_list=shopping,
        dtac=dtac,
    )


def _judged(
    case: Case, profile: Profile, registry: Registry, options: dict[str, Any], missing: str, as_of: datetime
) -> Judgement:
    limits = _limits(case)
    again = []
    if options.get("artefacts"):
        plan = make_plan(profile, case.supplier, registry, limits)
        folder = Path(options["artefacts"])
        again = scan_again(case, plan, registry, folder, limits, without_definitions=bool(missing))
    scans = ScanResults(case, registry, limits, again, without_definitions=missing)
    return judge(case, profile, registry, limits=limits, scans=scans, as_of=as_of)


_SIGNED = {"waivers": "file of waivers", "attestations": "file of attestations"}


def _misfit(what: str, given: str | None, keys: tuple[TrustedKey, ...]) -> str:
    """A signature that is there and fits no trusted key: the reader must hear of it."""
    signature = read_signature(Path(given)) if given else None
    if given is None or signature is None:
        return ""
    data = Path(given).read_bytes()
    if any(verify(data, signature, keys, role) for role in ROLES):
        return ""
    return f"The signature beside the {what} is by none of the keys that you trust, or the file was changed after it."


def _unproved(path: Path, recording: Recording, keys: tuple[TrustedKey, ...]) -> bool:
    """Does it say that it was witnessed, without the signature of an assessor whom the reader trusts?"""
    if recording.manifest.vouching is not Vouching.WITNESSED:
        return False
    return verify(path.read_bytes(), read_signature(path), keys, "assessor") is None


def _limits(case: Case) -> Limits:
    """Those of the recording that allowed most: the plan of the judgement is no wider than that."""
    ceiling = max(recording.manifest.limits.ceiling for recording in case.recordings)
    return msgspec.structs.replace(case.recordings[0].manifest.limits, ceiling=ceiling)


def _covered(
    verdicts: dict[str, Verdict],
    case: Case,
    profile: Profile,
    as_of: datetime,
    options: dict[str, Any],
    hazards: frozenset[str] | None,
) -> tuple[dict[str, Verdict], tuple[str, ...], dict[str, str]]:
    """Attestations first, then waivers: what a person has settled needs no waiver."""
    inputs: dict[str, str] = {}
    keys: tuple[TrustedKey, ...] = ()
    found = tuple(verdicts.values())
    unused: tuple[str, ...] = ()
    if options.get("trusted_keys"):
        path = Path(options["trusted_keys"])
        keys = load_keys(path)
        inputs["trusted-keys"] = sha256(path.read_bytes())
    if options.get("attestations"):
        path = Path(options["attestations"])
        attestations = load_attestations(path, keys)
        found, unknown = apply_attestations(found, attestations, profile, case.supplier, as_of)
        inputs["attestations"] = sha256(path.read_bytes())
        unused += tuple(f"attestation of {name}" for name in unknown)
    if options.get("waivers"):
        path = Path(options["waivers"])
        waivers = load_waivers(path, keys)
        found, unknown = apply_waivers(found, waivers, profile, case.supplier, as_of, hazards)
        inputs["waivers"] = sha256(path.read_bytes())
        unused += unknown
    return {verdict.requirement: verdict for verdict in found}, unused, inputs


def _as_of(given: str | None, case: Case) -> datetime:
    if not given:
        return case.ended
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise UsageFault(
            f"{given!r} is not a time.", where="--as-of", next_step="Write it like 2026-11-21 or 2026-11-21T12:00:00Z."
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment < case.ended:
        raise UsageFault(
            f"{given} is before the end of the collection: nothing was known then.",
            where="--as-of",
            next_step="Leave --as-of out, or give a later time.",
        )
    return moment


def _scope(given: str | None, profile: Profile, limits: Limits) -> Scope:
    """The gate's scope, or the one asked for, or what a machine decides under the run's ceiling."""
    gate = profile.gate_scope
    if gate and given and given != gate:
        raise UsageFault(
            f"The profile {profile.id} fixes the scope to {gate}.", where="--scope", next_step="Leave --scope out."
        )
    text = gate or given or f"machine@{limits.ceiling}"
    try:
        return parse_scope(text)
    except ValueError as error:
        raise UsageFault(f"This is no scope: {error}.", where="--scope", next_step="Try --scope machine@S1.") from None


def check_inputs(options: dict[str, Any], profile: Profile) -> None:
    """Find faults in what will be needed after collecting before anything is collected."""
    keys = load_keys(Path(options["trusted_keys"])) if options.get("trusted_keys") else ()
    if options.get("attestations"):
        load_attestations(Path(options["attestations"]), keys)
    if options.get("waivers"):
        load_waivers(Path(options["waivers"]), keys)
    _scope(options.get("scope"), profile, Limits())
    if options.get("as_of"):
        try:
            datetime.fromisoformat(options["as_of"])
        except ValueError:
            raise UsageFault(
                f"{options['as_of']!r} is not a time.", where="--as-of", next_step="Write it like 2026-11-21."
            ) from None
