"""A supplier that answers from values, and the whole way from its answers to a report."""

from __future__ import annotations

import asyncio
import functools
import json
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, assert_never
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from checker.checks.nhs_number import check_digit
from checker.checks.nhs_number_status import ENGLAND, EXTENSION
from checker.cli import compose
from checker.engine.case import Case, make_case
from checker.engine.collect import Collected, Collector, make_manifest, roots_of
from checker.engine.gather import Gatherer, gather_all, run_offline
from checker.engine.journal import Header, Journal, JournalState
from checker.engine.judge import judge
from checker.engine.plan import Plan, make_plan
from checker.engine.recording import Recording
from checker.engine.report import build_report
from checker.engine.scan_results import ScanResults
from checker.engine.scans.work import Engine
from checker.engine.source import LiveSource
from checker.engine.tally import parse_scope
from checker.model.ask import ArtefactAsk, Ask, Capture, HandshakeAsk, HelloAsk, HttpAsk, TerminologyAsk, TlsAsk
from checker.model.evidence import (
    Artefact,
    CertificateFacts,
    Evidence,
    Handshake,
    HandshakeAttempt,
    RawAttempt,
    RawExchange,
)
from checker.model.exchange import Failure, Headers, HttpExchange, Response, TokenFacts, Wire
from checker.model.registry import Registry
from checker.model.report import Report
from checker.model.requirement import CheckUse, Clause, Profile, Requirement
from checker.model.supplier import ArtefactRef, IdentityRef, Limits, Supplier
from checker.model.terminology import TerminologyAnswer
from checker.model.terms import Basis, FailOn, Obligation, Reason, Safety, Vouching
from checker.model.tls import (
    EXTENDED_MASTER_SECRET,
    OLD_HASH_SIGNATURES,
    RENEGOTIATION_INFO,
    TLS_1_2,
    TLS_1_3,
    TlsAnswer,
)
from checker.model.tls_suites import FALLBACK_SCSV
from checker.model.value import sha256
from checker.model.verdict import Verdict
from checker.probes.request_id import request_id

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BASE = "https://fhir.test/r4"
LOCAL = "https://acme.test/id/hospital-number"
SEED = "5eed" * 8
LIMITS = Limits(ceiling=Safety.S2, requests_per_s=10_000.0)
SUPPLIER = Supplier(
    name="Acme",
    product="Records",
    version="1.0",
    environment="test",
    base_url=BASE,
    identities=(IdentityRef(name="default", kind="bearer"),),
    artefacts=(
        ArtefactRef(id="log", kind="audit-log", location="audit.ndjson"),
        ArtefactRef(id="export", kind="export", location="export.ndjson"),
    ),
)
JSON_HEADERS: Headers = (
    ("Content-Type", "application/fhir+json"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
)


class Killed(BaseException):
    """The process is gone, as with kill -9: nothing catches it."""


def nhs_number(number: int) -> str:
    """A synthetic NHS number: the ``number``-th valid one from 9990000000."""
    digits = (f"99900{n:04d}" for n in range(10_000))
    valid = (first + str(check_digit(first)) for first in digits if check_digit(first) < 10)
    return next(one for index, one in enumerate(valid) if index == number)


def patient(id: str, *, number: str = "", version: str = "2") -> dict[str, Any]:
    value = number or nhs_number(int(id[1:]))
    coding = {"system": ENGLAND, "code": "01"}
    verified = {"url": EXTENSION, "valueCodeableConcept": {"coding": [coding]}}
    identifier: list[dict[str, Any]] = [
        {"extension": [verified], "system": "https://fhir.nhs.uk/Id/nhs-number", "value": value},
        {"system": LOCAL, "value": f"H-{id}"},
    ]
    return {
        "resourceType": "Patient",
        "id": id,
        "meta": {"versionId": version, "lastUpdated": f"2026-01-0{version}T00:00:00Z"},
        "identifier": identifier,
        "birthDate": "1948-02-29",
        "link": [{"type": "seealso", "other": {"reference": "Patient/p1"}}],
    }


PATIENTS = {f"p{n}": patient(f"p{n}") for n in range(1, 8)}
CAPABILITIES = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026-01-01",
    "kind": "instance",
    "fhirVersion": "4.0.1",
    "format": ["application/fhir+json"],
    "software": {"name": "Acme", "version": "1.0"},
    "rest": [
        {
            "mode": "server",
            "resource": [
                {
                    "type": "Patient",
                    "interaction": [{"code": one} for one in ("read", "vread", "history-instance", "search-type")],
                    "searchParam": [{"name": one} for one in ("_id", "birthdate", "identifier")],
                }
            ],
        }
    ],
}


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP."""

    status: int = 200
    body: bytes = b""
    headers: Headers = JSON_HEADERS
    http_version: str = "HTTP/1.1"
    withheld: Reason | None = None
    truncated: bool = False


def json_reply(value: object, status: int = 200, headers: Headers = JSON_HEADERS) -> Reply:
    return Reply(status, json.dumps(value).encode(), headers)


def outcome(status: int, code: str = "not-found", headers: Headers = ()) -> Reply:
    issue = [{"severity": "error", "code": code}]
    return json_reply({"resourceType": "OperationOutcome", "issue": issue}, status, (*JSON_HEADERS, *headers))


def page_of(patients: Sequence[dict[str, Any]], count: int, number: int) -> dict[str, Any]:
    first = count * (number - 1)
    following = f"{BASE}/Patient?_count={count}&page={number + 1}"
    entries = [entry_of(one) for one in patients[first : first + count]]
    page: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(patients), "entry": entries}
    return page | ({"link": [{"relation": "next", "url": following}]} if first + count < len(patients) else {})


def entry_of(one: dict[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"{BASE}/Patient/{one['id']}", "resource": one, "search": {"mode": "match"}}


def searched(query: Mapping[str, list[str]]) -> Reply:
    """The answer to a search: by ``_id``, by identifier, by a date that finds all, or for all."""
    if "not-a-date" in query.get("birthdate", []):
        return outcome(400, "value")
    found = list(PATIENTS.values())
    for wanted in query.get("_id", []):
        found = [one for one in found if one["id"] == wanted]
    for wanted in query.get("identifier", []):
        system, pipe, value = wanted.rpartition("|")
        pairs = [(one, each) for one in found for each in one["identifier"]]
        found = [one for one, each in pairs if each["value"] == value and (not pipe or each["system"] == system)]
    page = page_of(found, int(query.get("_count", ["20"])[0]), int(query.get("page", ["1"])[0]))
    used = {name: query[name] for name in ("_id", "birthdate", "identifier", "_count") if name in query}
    me = {"relation": "self", "url": f"{BASE}/Patient?{urlencode(used, doseq=True)}"}
    return json_reply(page | {"link": [me, *page.get("link", [])]})


def version_of(id: str, version: str) -> Reply:
    return json_reply(patient(id, version=version), headers=(*JSON_HEADERS, ("ETag", f'W/"{version}"')))


def history_of(id: str) -> Reply:
    entries = [
        {"fullUrl": f"{BASE}/Patient/{id}", "resource": patient(id, version=version), "request": request}
        for version, request in (
            ("2", {"method": "PUT", "url": f"Patient/{id}"}),
            ("1", {"method": "POST", "url": "Patient"}),
        )
    ]
    return json_reply({"resourceType": "Bundle", "type": "history", "total": 2, "entry": entries})


def healthy(ask: HttpAsk) -> Reply:
    """What a conformant supplier with seven patients says."""
    request = ask.request
    if request.identity == "" or request.alteration:
        return outcome(401, "login", (("WWW-Authenticate", "Bearer"),))
    address = urlsplit(request.url)
    query = parse_qs(address.query)
    parts = address.path.removeprefix("/r4/").split("/")
    if parts == ["metadata"]:
        return json_reply(CAPABILITIES)
    if parts == ["Patient"] and query.get("_summary") == ["count"]:
        return json_reply({"resourceType": "Bundle", "type": "searchset", "total": len(PATIENTS)})
    if "_format" in query or not query.get("_count", ["1"])[0].isdigit():
        return outcome(406 if "_format" in query else 400, "not-supported")
    if parts == ["Patient"]:
        return searched(query)
    if parts == ["Patient", "_search"]:
        return searched(parse_qs(request.body.decode()))
    found = PATIENTS.get(parts[1]) if len(parts) > 1 else None
    if found is None:
        return outcome(404)
    if len(parts) == 2:
        return version_of(parts[1], "2")
    if len(parts) == 3:
        return history_of(parts[1])
    return version_of(parts[1], parts[3]) if parts[3] in ("1", "2") else outcome(404)


Answering = Callable[[HttpAsk], Reply | Failure]
Change = Callable[[HttpAsk, Reply], Reply | Failure]


def changed(change: Change) -> Answering:
    """The healthy supplier, but for one thing."""
    return lambda ask: change(ask, healthy(ask))


def certificate(**changes: Any) -> CertificateFacts:
    facts = CertificateFacts(
        der=b"certificate of the tests",
        subject="CN=fhir.test",
        issuer="CN=ca.test",
        not_before=BEGIN - timedelta(days=30),
        not_after=BEGIN + timedelta(days=30),
        dns_names=("fhir.test",),
        key_type="EC",
        key_bits=256,
    )
    return msgspec.structs.replace(facts, **changes)


def good_handshake(ask: HandshakeAsk, at: datetime) -> Handshake:
    attempts = tuple(
        HandshakeAttempt(offered=o, completed=True, version="TLSv1.3", verified=True, chain=(certificate(),), at=at)
        for o in ask.offers
    )
    return Handshake(host=ask.host, port=ask.port, attempts=attempts)


def good_hellos(ask: HelloAsk, at: datetime) -> RawExchange:
    attempts = tuple(
        RawAttempt(sent=name, answer="server-hello", version=0x0303, cipher_suite=0xC02F, at=at)
        if name == "tls1.2"
        else RawAttempt(sent=name, answer="alert", alert=70, at=at)
        for name in ask.names
    )
    return RawExchange(host=ask.host, port=ask.port, attempts=attempts)


def good_tls(ask: TlsAsk, at: datetime) -> TlsAnswer:
    """A server that speaks TLS 1.3 and 1.2 with two suites each, and refuses the rest with alerts."""
    version = TLS_1_3 if TLS_1_3 in ask.hello.supported else ask.hello.version
    answer = TlsAnswer(host=ask.host, port=ask.port, hello=ask.hello, answer="alert", alert=40, at=at)
    if version < TLS_1_2:
        return msgspec.structs.replace(answer, alert=70)
    suites = [one for one in (0x1301, 0x1302, 0xC02F, 0xC030) if one in ask.hello.suites]
    groups = [one for one in (0x001D, 0x0017) if one in ask.hello.groups]
    if FALLBACK_SCSV in ask.hello.suites:
        return msgspec.structs.replace(answer, alert=86)
    if not suites or not groups or not set(ask.hello.signatures) - set(OLD_HASH_SIGNATURES):
        return answer
    spoken = TLS_1_3 if suites[0] in (0x1301, 0x1302) else TLS_1_2
    return msgspec.structs.replace(
        answer,
        answer="server-hello" if ask.hello.shares or spoken == TLS_1_2 else "hello-retry",
        alert=None,
        version=spoken,
        suite=suites[0],
        group=groups[0],
        extensions=(EXTENDED_MASTER_SECRET, RENEGOTIATION_INFO) if spoken == TLS_1_2 else (),
        sentinel=TLS_1_3 if spoken == TLS_1_2 else 0,
        signature=0x0403 if spoken == TLS_1_2 else 0,
        certificates=1 if spoken == TLS_1_2 else 0,
        complete=True,
    )


@dataclass
class Scripted:
    """The outside of a collection. ``dies_after`` so many asks it refuses, is killed, or is interrupted."""

    answer: Answering = healthy
    handshake: Callable[[HandshakeAsk, datetime], Handshake] = good_handshake
    hellos: Callable[[HelloAsk, datetime], RawExchange] = good_hellos
    tls: Callable[[TlsAsk, datetime], TlsAnswer] = good_tls
    logs: Callable[[str], bool] = lambda sent_id: True
    secrets: tuple[bytes, ...] = ()
    facts: TokenFacts | None = TokenFacts(form="jwt")  # noqa: RUF009 - frozen
    dies_after: int | None = None
    how: str = "refuses"
    seconds: float = 0.0
    step: float = 0.1
    asks: list[Ask] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    readied: list[str] = field(default_factory=list)
    interrupted: bool = False

    async def __aenter__(self) -> Scripted:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    def known_secrets(self) -> tuple[bytes, ...]:
        return self.secrets

    async def ready(self, identity: str) -> Capture | None:
        self.readied.append(identity)
        return None

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    @property
    def sent(self) -> list[HttpAsk]:
        return [ask for ask in self.asks if isinstance(ask, HttpAsk)]

    @property
    def urls(self) -> list[str]:
        return [ask.request.url for ask in self.sent]

    async def capture(self, ask: Ask) -> Capture:
        dead = self.dies_after is not None and len(self.asks) >= self.dies_after
        if dead and self.how == "killed":
            raise Killed
        if dead and self.how == "interrupted":  # as Ctrl-C does: the run is called back while this waits
            if not self.interrupted:
                self.interrupted = True
                signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()
        self.asks.append(ask)
        self.seconds += self.step
        match ask:
            case HttpAsk():
                refused = Failure(reason=Reason.NETWORK, cause="refused", message="The connection was refused.")
                return self._exchange(ask, refused if dead else self.answer(ask))
            case HandshakeAsk():
                tls = _no_handshake(ask, self.now()) if dead else self.handshake(ask, self.now())
                return Capture(payload=tls, captured_at=self.now())
            case HelloAsk():
                raw = _no_hellos(ask, self.now()) if dead else self.hellos(ask, self.now())
                return Capture(payload=raw, captured_at=self.now())
            case TlsAsk():
                answer = TlsAnswer(host=ask.host, port=ask.port, hello=ask.hello, answer="refused", at=self.now())
                return Capture(payload=answer if dead else self.tls(ask, self.now()), captured_at=self.now())
            case ArtefactAsk():
                return Capture(payload=self._log(ask), captured_at=self.now())
            case TerminologyAsk():
                silent = TerminologyAnswer(server=ask.server, problem="The server did not answer.")
                return Capture(payload=silent, captured_at=self.now())
            case _:
                assert_never(ask)

    def _exchange(self, ask: HttpAsk, reply: Reply | Failure) -> Capture:
        exchange = HttpExchange(
            request=ask.request,
            interaction=ask.interaction,
            intent=ask.intent,
            view=ask.view,
            scope=ask.scope,
            request_id=request_id(bytes.fromhex(SEED), ask.key),
            attempt=ask.attempt,
            credential=self.facts if ask.request.identity else None,
        )
        if isinstance(reply, Failure):
            return Capture(payload=msgspec.structs.replace(exchange, failure=reply), captured_at=self.now())
        kept = b"" if reply.withheld or reply.truncated else reply.body
        size = len(reply.body)
        wire = Wire(http_version=reply.http_version, encoded_bytes=size, decoded_bytes=size, truncated=reply.truncated)
        response = Response(status=reply.status, headers=reply.headers, body=sha256(kept) if kept else "", wire=wire)
        return Capture(
            payload=msgspec.structs.replace(exchange, response=response),
            captured_at=self.now(),
            blobs={sha256(kept): kept} if kept else {},
            withheld=reply.withheld,
        )

    def _log(self, ask: ArtefactAsk) -> Artefact:
        if ask.extract == "audit-events":
            events = {"lines": 1, "events": 1, "unread": 0, "faults": {}}
            return Artefact(artefact=ask.artefact, role="audit-log", files=(), facts=events)
        if ask.extract == "manifest":  # whatever the export holds, nothing is wrong with its manifest
            entry = {"section": "deleted", "type": "Bundle", "file": "x", "there": True, "count": 1, "sha256": "same"}
            told: dict[str, Any] = {"manifests": [{"path": "x", "problems": []}], "entries": [entry], "besides": []}
            return Artefact(artefact=ask.artefact, role="export", files=(), facts=told)
        found = sorted(one for one in ask.wanted if self.logs(one))
        facts = {"found": found, "absent": sorted(set(ask.wanted) - set(found)), "lines": len(found)}
        return Artefact(artefact=ask.artefact, role="audit-log", files=(), facts=facts)


def _no_handshake(ask: HandshakeAsk, at: datetime) -> Handshake:
    attempts = tuple(HandshakeAttempt(offered=o, completed=False, problem="refused", at=at) for o in ask.offers)
    return Handshake(host=ask.host, port=ask.port, attempts=attempts)


def _no_hellos(ask: HelloAsk, at: datetime) -> RawExchange:
    attempts = tuple(RawAttempt(sent=name, answer="refused", at=at) for name in ask.names)
    return RawExchange(host=ask.host, port=ask.port, attempts=attempts)


@functools.cache
def registry() -> Registry:
    return compose.registry()


BEYOND_THE_SCRIPT = frozenset(
    (
        *("CERT-007", "CERT-008", "CERT-009", "OAUTH-003", "OAUTH-004", "OAUTH-015", "OAUTH-016"),
        *(f"DH-NHSNO-{number:02}" for number in range(3, 10)),
        *(f"DH-NHSNO-{number}" for number in range(11, 18)),
        *(f"DH-SENS-{number:02}" for number in range(1, 9)),
        *(f"DH-AUD-{number:02}" for number in (3, 4, 5, 6, 8)),
        *(f"DH-LEAK-{number:02}" for number in (2, 5, 7, 8, 9, 10)),
        "DH-TEST-02",
        "DH-TEST-03",
        *(f"FHIR-CAP-{number:03}" for number in (3, 5, 6)),
        *(f"FHIR-HTTP-{number:03}" for number in (1, 2, 5, 6, 7)),
        *(f"FHIR-MIME-{number:03}" for number in range(3, 8)),
        *(f"FHIR-RES-{number:03}" for number in range(1, 10)),
        *(f"FHIR-{name}" for name in ("READ-002", "READ-006", "READ-007", "VREAD-002", "VAL-001")),
        *(f"FHIR-{name}-001" for name in ("DOC", "MSG", "OP")),
        "FHIR-OP-002",
    )
)
"""Rows about what this supplier has not: most of HTTP, of FHIR's reads and of what resources are, restricted patients,
narratives, searches by name, reports, AuditEvents, logs of servers, releases, telephones. The reference supplier has
most of it (tests/conformance)."""


@functools.cache
def baseline() -> Profile:
    """The rows of the baseline that the scripted supplier is made for."""
    whole = compose.profile("baseline", registry())
    return compose.picked(whole, tuple(row.id for row in whole.requirements if row.id not in BEYOND_THE_SCRIPT))


def find_plain(text: bytes, secrets: tuple[bytes, ...]) -> list[bytes]:
    return [secret for secret in secrets if secret in text]


def header_of(plan: Plan, supplier: Supplier, limits: Limits) -> Header:
    return Header(
        run_id="run-1",
        seed=SEED,
        vouching=Vouching.SELF_DECLARED,
        tool_version="0",
        profile=f"{plan.profile.id}@{plan.profile.version}",
        profile_digest=plan.profile.digest,
        supplier=supplier,
        limits=limits,
        roots=roots_of(plan),
        started=BEGIN,
    )


def collect(
    folder: Path,
    outside: Scripted,
    profile: Profile | None = None,
    *,
    known: Registry | None = None,
    supplier: Supplier = SUPPLIER,
    limits: Limits = LIMITS,
    resume: bool = False,
    name: str = "run.zip",
    export: Iterable[dict[str, Any]] = tuple(PATIENTS.values()),
    engine: Engine | None = None,
) -> Collected:
    """The real collector, into a folder, with an export of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "export.ndjson").write_bytes(b"".join(json.dumps(one).encode() + b"\n" for one in export))
    known = known or registry()
    plan = make_plan(profile or baseline(), supplier, known, limits)
    journal = Journal(folder / f"{name}.journal")
    state = journal.resume(BEGIN) if resume else None
    collector = Collector(
        plan=plan,
        registry=known,
        outside=outside,
        journal=journal,
        header=state.header if state else header_of(plan, supplier, limits),
        supplier=supplier,
        clock=outside,
        root=folder,
        find_secrets=find_plain,
        engine=engine,
    )
    return collector.run(folder / name, state)


class Memory:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.evidence: list[Evidence] = []
        self.blobs: dict[str, bytes] = {}

    def append(self, evidence: Evidence, blobs: dict[str, bytes]) -> None:
        self.evidence.append(evidence)
        self.blobs |= blobs

    def blob(self, sha: str) -> bytes | None:
        return self.blobs.get(sha)


def recorded(
    outside: Scripted,
    profile: Profile,
    *,
    known: Registry | None = None,
    supplier: Supplier = SUPPLIER,
    limits: Limits = LIMITS,
) -> Recording:
    """A recording in memory: the probes of a profile, without markers and scans."""
    known = known or registry()
    plan = make_plan(profile, supplier, known, limits)
    ledger = Memory()
    gatherer = Gatherer(
        registry=known,
        supplier=supplier,
        settings=profile.settings,
        limits=limits,
        source=LiveSource(outside, ledger),
    )
    run_offline(gather_all(gatherer, plan))
    state = JournalState(
        header=header_of(plan, supplier, limits), evidence=tuple(ledger.evidence), records=dict(gatherer.records)
    )
    manifest = make_manifest(state, ended=outside.now(), complete=True, interrupted=False)
    return Recording(manifest, ledger.evidence, gatherer.records.values(), ledger.blobs, "digest")


def without(
    recording: Recording,
    *,
    evidence: Iterable[str] = (),
    records: Iterable[str] = (),
    blobs: Iterable[str] = (),
) -> Recording:
    """The recording with some of it taken away, under the manifest that still names it."""
    lost_evidence, lost_records, lost_blobs = set(evidence), set(records), set(blobs)
    return Recording(
        recording.manifest,
        (item for name, item in recording.evidence.items() if name not in lost_evidence),
        (record for key, record in recording.records.items() if key not in lost_records),
        {name: recording.blobs[name] for name in recording.blobs if name not in lost_blobs},
        recording.digest,
    )


def judged(
    *recordings: Recording, profile: Profile | None = None, known: Registry | None = None
) -> tuple[Mapping[str, Verdict], Report]:
    """Verdicts and report, as the command line makes them."""
    profile, known = profile or baseline(), known or registry()
    case: Case = make_case(recordings)
    limits = recordings[0].manifest.limits
    verdicts = judge(case, profile, known, limits=limits, scans=ScanResults(case, known, limits)).verdicts
    report = build_report(
        case=case,
        profile=profile,
        verdicts=verdicts,
        scope=parse_scope("machine@S2"),
        fail_on=FailOn.MUST,
        as_of=case.ended,
        subset=False,
    )
    return verdicts, report


def decisions(verdicts: Mapping[str, Verdict]) -> dict[str, tuple[str, str | None]]:
    """Outcome and reason of each requirement: what must not depend on how the evidence was come by."""
    return {name: (v.outcome, v.reason) for name, v in verdicts.items()}


def requirement(id: str = "R-1", check: str = "", params: dict[str, Any] | None = None, **more: Any) -> Requirement:
    return Requirement(
        **{
            "id": id,
            "obligation": Obligation.MUST,
            "verb": "SHALL",
            "basis": Basis.STANDARD,
            "clause": Clause(standard="standard"),
            "summary": "summary",
            "fix": "fix",
            "confirmed": True,
            "check": CheckUse(check=check, params=params or {}) if check else None,
            **more,
        }
    )


def profile_of(*rows: Requirement, **more: Any) -> Profile:
    return Profile(id="small", version="1", title="Small", requirements=rows, **more)


def verdict_of(check: str, outside: Scripted, *, supplier: Supplier = SUPPLIER, **params: Any) -> Verdict:
    """One check, its probes and nothing else, end to end."""
    profile = profile_of(requirement(check=check, params=params))
    verdicts, _ = judged(recorded(outside, profile, supplier=supplier), profile=profile)
    return verdicts["R-1"]
