"""A terminology server on loopback, asked over real HTTP and HTTPS."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from checker.fhir.terminology.binding import judge
from checker.fhir.terminology.served import Served, Unsettled, with_answers
from checker.fhir.terminology.store import LocalTerminology
from checker.model.ask import Capture, TerminologyAsk
from checker.model.evidence import TERMINOLOGY_ANSWER, envelope
from checker.model.terminology import CodeQuestion, TerminologyAnswer
from checker.probes.config import NetworkConfig
from checker.probes.terminology import BATCH, gather
from tests.probes.support import (
    FAST,
    START,
    Seen,
    TurnedClock,
    Web,
    as_limits,
    bundle,
    listening,
    live,
    reply,
    server_context,
)

SNOMED = "http://snomed.info/sct"
DISEASES = "https://example.nhs.uk/ValueSet/diseases"
KNOWN = {"73211009": "Diabetes mellitus", "38341003": "Hypertensive disorder", "260152009": "Cat dander"}
IN_SET = {"73211009", "38341003"}
ISSUES = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type"


def parameters(result: bool, issue: str = "", text: str = "", **more: Any) -> dict[str, Any]:
    """An answer as servers of today give it."""
    found: list[dict[str, Any]] = [{"name": "result", "valueBoolean": result}]
    if issue:
        coding = [{"system": ISSUES, "code": issue}]
        outcome = {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": "code-invalid", "details": {"coding": coding, "text": text}}],
        }
        found += [{"name": "message", "valueString": text}, {"name": "issues", "resource": outcome}]
    elif text:
        found.append({"name": "message", "valueString": text})
    found += [
        {"name": name, "valueString" if isinstance(value, str) else "valueBoolean": value}
        for name, value in more.items()
    ]
    return {"resourceType": "Parameters", "parameter": found}


def answered(kind: str, asked: dict[str, Any], *, issues: bool = True) -> dict[str, Any]:
    """What a server that holds a little SNOMED CT says; ``issues`` False: as older servers do."""
    given = {one["name"]: next(value for key, value in one.items() if key != "name") for one in asked["parameter"]}
    code, system = given["code"], given.get("system", given.get("url", ""))
    if "valueSet" in given:
        given["url"] = DISEASES if given["valueSet"]["compose"]["include"] == [{"system": SNOMED}] else ""

    def no(issue: str, text: str, **more: Any) -> dict[str, Any]:
        return parameters(False, issue if issues else "", text, **more)

    if kind.startswith("ValueSet") and given["url"] != DISEASES:
        text = f"A definition for the value set {given['url']} could not be found"
        return no("not-found", text)
    if system != SNOMED:
        return no("not-found", f"A definition for CodeSystem '{system}' could not be found")
    if code not in KNOWN:
        return no("invalid-code", f"Unknown code '{code}' in the CodeSystem '{SNOMED}'")
    if kind.startswith("ValueSet") and code not in IN_SET:
        return no("not-in-vs", f"The code {code} was not found in the value set")
    if given.get("display", KNOWN[code]).lower() != KNOWN[code].lower():
        return no("invalid-display", f"Wrong display; it is {KNOWN[code]}", display=KNOWN[code])
    return parameters(True, display=KNOWN[code], system=SNOMED, inactive=code == "260152009")


class TerminologyServer(Web):
    """Answers batches, or single questions only; ``issues`` as :func:`answered` has it."""

    def __init__(self, *, batches: bool = True, issues: bool = True) -> None:
        super().__init__({}, [])
        self.issues = issues
        self.answers = {
            "/fhir": self.batch if batches else reply(b"{}", status="405 Method Not Allowed"),
            "/fhir/ValueSet/$validate-code": self.single,
            "/fhir/CodeSystem/$validate-code": self.single,
        }

    def batch(self, seen: Seen) -> bytes:
        entries = [
            {
                "resource": answered(one["request"]["url"], one["resource"], issues=self.issues),
                "response": {"status": "200 OK"},
            }
            for one in json.loads(seen.body)["entry"]
        ]
        return reply(json.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": entries}).encode())

    def single(self, seen: Seen) -> bytes:
        kind = seen.target.removeprefix("/fhir/")
        return reply(json.dumps(answered(kind, json.loads(seen.body), issues=self.issues)).encode())


def asked(
    server: Any,
    questions: list[CodeQuestion] | tuple[CodeQuestion, ...],
    *,
    context: ssl.SSLContext | None = None,
    network: NetworkConfig = NetworkConfig(),  # noqa: B008 - frozen
    **more: Any,
) -> TerminologyAnswer:
    async def run() -> TerminologyAnswer:
        async with listening(server, context) as port:
            scheme = "https" if context else "http"
            base = f"{scheme}://localhost:{port}/fhir/" if context else f"{scheme}://127.0.0.1:{port}/fhir"
            options = {"clock": TurnedClock(), "limits": FAST, **more}
            return await gather(questions, base, network=network, **options)

    return asyncio.run(run())


class Nothing:
    """A library that holds one value set over SNOMED CT."""

    def value_set(self, canonical: str) -> dict[str, Any] | None:
        if canonical.partition("|")[0] != DISEASES:
            return None
        return {"resourceType": "ValueSet", "url": DISEASES, "compose": {"include": [{"system": SNOMED}]}}

    def code_system(self, canonical: str) -> dict[str, Any] | None:
        return None


def concept(code: str, display: str | None = None, system: str = SNOMED) -> dict[str, Any]:
    coding = {"system": system, "code": code}
    return {"coding": [coding if display is None else {**coding, "display": display}]}


VALUES = [
    concept("73211009", "diabetes mellitus"),
    concept("73211009", "Sugar"),
    concept("260152009"),
    concept("410607006", "No such thing"),
    concept("1", system="https://fhir.nhs.uk/CodeSystem/x.y"),
]


def judged(terminology: Any) -> list[tuple[list[tuple[str, str, str]], int]]:
    out: list[tuple[list[tuple[str, str, str]], int]] = []
    for value in VALUES:
        one = judge(terminology, "CodeableConcept", value, strength="required", value_set=DISEASES)
        out.append(([(found.kind, found.severity, found.path) for found in one.findings], len(one.open)))
    return out


OUTSIDE = ("not-in-value-set", "error", "")


@pytest.mark.parametrize("issues", [True, False])
@pytest.mark.parametrize("batches", [True, False])
def test_what_was_open_is_judged_from_the_answers(batches: bool, issues: bool) -> None:
    local = LocalTerminology(Nothing())
    first = Unsettled(local)
    assert judged(first)[:4] == [([], 2)] * 4
    server = TerminologyServer(batches=batches, issues=issues)
    answer = asked(server, first.questions)
    assert answer.problem == ""
    assert judged(with_answers(local, [answer])) == [
        ([], 0),
        ([("display", "error", "coding[0].display")], 0),
        ([("inactive", "warning", "coding[0]"), OUTSIDE], 0),
        ([("unknown-code", "error", "coding[0].code"), OUTSIDE], 0),
        ([OUTSIDE], 1),
    ]
    assert judged(local)[0] == ([], 2)


def test_each_distinct_question_is_asked_once_and_in_batches() -> None:
    server = TerminologyServer()
    questions = [CodeQuestion(system=SNOMED, code=str(number)) for number in range(BATCH + 5)] * 3
    answer = asked(server, questions)
    assert [len(json.loads(seen.body)["entry"]) for seen in server.seen] == [BATCH, 5]
    assert answer.requests == 2
    assert not answer.stopped
    assert len(answer.answers) == BATCH + 5
    entry = json.loads(server.seen[0].body)["entry"][0]
    assert entry["request"] == {"method": "POST", "url": "CodeSystem/$validate-code"}
    assert {one["name"] for one in entry["resource"]["parameter"]} == {"url", "code"}
    assert server.seen[0].headers["content-type"] == "application/fhir+json"


def test_over_https_with_credentials(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = server_context(authority.issue_cert("localhost"))
    server = TerminologyServer()
    question = CodeQuestion(value_set=DISEASES, system=SNOMED, code="73211009")
    answer = asked(
        server,
        [question],
        context=context,
        network=bundle(authority, tmp_path),
        headers=(("Authorization", "Bearer abc"),),
    )
    assert (answer.answers[0].member, answer.answers[0].known) == (True, True)
    assert server.seen[0].headers["authorization"] == "Bearer abc"
    assert b"abc" not in json.dumps(answer.problem).encode()
    distrusted = asked(TerminologyServer(), [question], context=context)
    assert (distrusted.answers[0].member, bool(distrusted.problem)) == (None, True)


def test_the_answers_are_evidence_that_is_read_back() -> None:
    question = CodeQuestion(system=SNOMED, code="73211009", display="Diabetes mellitus")
    answer = asked(TerminologyServer(), [question])
    item = envelope(answer, number=1, ask="terminology", captured_at=START, previous="")
    assert item.kind == TERMINOLOGY_ANSWER
    payload = item.read()
    assert isinstance(payload, TerminologyAnswer)
    assert payload == answer
    found = Served([payload]).validate(None, SNOMED, "73211009", "Diabetes mellitus")
    assert (found.outcome, found.display_ok) == ("in", True)


def test_a_value_set_that_the_server_lacks_goes_with_the_question() -> None:
    own = "https://example.nhs.uk/ValueSet/own"
    raw = {
        **{"resourceType": "ValueSet", "url": own, "text": {"div": "long"}, "expansion": {}},
        "compose": {"include": [{"system": SNOMED}]},
    }
    question = CodeQuestion(value_set=own, system=SNOMED, code="73211009")
    for batches in (True, False):
        server = TerminologyServer(batches=batches)
        assert asked(server, [question]).answers[0].problem
        answer = asked(server, [question], value_sets={own: raw}.get)
        assert answer.answers[0].member is True
        sent = server.seen[-1].body
        assert b'"compose"' in sent
        assert b"long" not in sent
        assert b"expansion" not in sent
    assert asked(TerminologyServer(), [question], value_sets=lambda canonical: None).answers[0].problem


def test_a_value_set_that_is_of_no_use_is_sent_once() -> None:
    own, other = "https://example.nhs.uk/ValueSet/own", "https://example.nhs.uk/ValueSet/other"
    held = {
        own: {"resourceType": "ValueSet", "url": own, "compose": {"include": [{"system": SNOMED}]}},
        other: {"resourceType": "ValueSet", "url": other, "compose": {"include": [{"system": "urn:x"}]}},
    }
    codes = ["73211009", "38341003", *(f"{number}000007" for number in range(1, 30))]
    questions = [CodeQuestion(value_set=one, system=SNOMED, code=code) for one in (own, other) for code in codes]
    server = TerminologyServer()
    answer = asked(server, questions, value_sets=held.get)
    assert [one.question.value_set for one in answer.answers if one.member] == [own, own]
    assert {one.question.value_set for one in answer.answers if one.problem} == {other}
    sent = [json.loads(seen.body)["entry"] for seen in server.seen[1:]]
    assert sum(other in json.dumps(entry) for batch in sent for entry in batch) == 1
    assert [len(batch) for batch in sent] == [2, 10, 10, 10]


def test_a_run_captures_the_answers_as_it_does_all_evidence() -> None:
    question = CodeQuestion(system=SNOMED, code="73211009")

    async def run() -> tuple[Capture, TerminologyAsk, int]:
        server = TerminologyServer()
        async with listening(server) as port, live("http://127.0.0.1:1/fhir") as outside:
            ask = TerminologyAsk(server=f"http://127.0.0.1:{port}/fhir", questions=(question,))
            return await outside.capture(ask), ask, outside.net.sent

    capture, ask, sent = asyncio.run(run())
    assert isinstance(capture.payload, TerminologyAnswer)
    assert capture.payload.answers[0].known is True
    assert sent == 0
    assert ask.key == TerminologyAsk(server=ask.server, questions=(question,)).key
    assert ask.key != TerminologyAsk(server=ask.server, questions=()).key


QUESTIONS = [CodeQuestion(system=SNOMED, code=str(number)) for number in range(BATCH * 6)]


@pytest.mark.parametrize(
    ("body", "status", "problem", "most"),
    [
        (b"busy", "503 Service Unavailable", "answered 503", 2),
        (b"busy", "429 Too Many Requests", "answered 429", 2),
        (b"{}", "401 Unauthorized", "wants credentials", 1),
        (b"<html>", "404 Not Found", "No answer of 10", 12),
        (b"[" * 5000, "200 OK", "No answer of 10", 12),
        (b'{"resourceType":"Bundle","entry":[1]}', "200 OK", "No answer of 10", 12),
        (b'{"resourceType":"Parameters","parameter":[3,{"name":"result"}]}', "200 OK", "No answer of 10", 12),
    ],
)
def test_a_server_that_does_not_do_its_part_leaves_all_unknown(
    body: bytes, status: str, problem: str, most: int
) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Web({"/fhir": reply(body, status=status), "/fhir/CodeSystem/$validate-code": reply(body, status=status)})(
            reader, writer
        )

    answer = asked(handler, QUESTIONS)
    assert problem in answer.problem
    assert len(answer.answers) == len(QUESTIONS)
    assert all(one.problem and one.known is None for one in answer.answers)
    assert answer.requests <= most
    assert answer.stopped
    assert Served([answer]).validate(None, SNOMED, "5").outcome == "unknown"


def test_a_server_that_is_down_or_no_address_at_all() -> None:
    async def run(base: str) -> TerminologyAnswer:
        return await gather(QUESTIONS[:3], base, clock=TurnedClock(), limits=as_limits(timeout_s=1.0))

    async def nobody() -> TerminologyAnswer:
        async with listening(Web()) as port:
            pass
        return await run(f"http://127.0.0.1:{port}/fhir")

    down = asyncio.run(nobody())
    assert (len(down.answers), bool(down.problem), down.stopped) == (3, True, True)
    nonsense = asyncio.run(run("tx.nhs.uk"))
    assert (nonsense.answers, "http" in nonsense.problem) == ((), True)
    assert asyncio.run(gather([], "http://127.0.0.1:1/fhir", clock=TurnedClock())) == TerminologyAnswer(
        server="http://127.0.0.1:1/fhir"
    )
