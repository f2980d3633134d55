"""Values, keys and bodies: what the rest of the checker takes for granted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.model.asked import OfType, OneResource
from checker.model.evidence import Evidence, Handshake, RawExchange, envelope
from checker.model.exchange import RESPECTS, HttpExchange, Request, Response, Wire, differences
from checker.model.json_depth import MAX_DEPTH, nests_too_deep
from checker.model.need import ANY, AtMost, Budget, Need, Selector
from checker.model.record import Item, Record, Shortfall
from checker.model.registry import Registry, Shelf, check, condition, probe, read_params
from checker.model.report import Report
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams, canonical, decode, digest, plain, sha256
from checker.model.view import Body, Exchange, RecordView, parse_json

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
texts = st.text(alphabet="abz/?=&é", max_size=6)
headers = st.lists(
    st.tuples(st.sampled_from(["Accept", "accept", "User-Agent", "X-Request-ID", "Prefer"]), texts), max_size=3
)
requests = st.builds(
    Request,
    url=texts,
    method=st.sampled_from(["GET", "HEAD", "POST"]),
    headers=headers.map(tuple),
    body=st.binary(max_size=3),
    identity=st.sampled_from(["", "default", "second"]),
    alteration=st.sampled_from(["", "garbage"]),
)
modest = settings(max_examples=100, deadline=None)


@modest
@given(requests, requests)
def test_requests_without_a_difference_have_one_key(one: Request, other: Request) -> None:
    found = differences(one, other)
    assert found == differences(other, one)
    assert set(found) <= set(RESPECTS) | {f"headers:{name}" for name in ("accept", "prefer")}
    if one.key == other.key:
        assert found == ()


@modest
@given(requests)
def test_a_request_does_not_differ_from_itself_with_another_request_id(one: Request) -> None:
    other = msgspec.structs.replace(one, headers=(*one.headers, ("X-Request-ID", "new"), ("User-Agent", "new")))
    assert differences(one, other) == ()
    assert one.key == other.key


@modest
@given(requests)
def test_a_value_has_one_form_and_comes_back_from_it(one: Request) -> None:
    assert decode(canonical(one), Request) == one
    assert canonical(decode(canonical(one), Request)) == canonical(one)
    assert digest(one) == sha256(canonical(one))
    assert json.loads(canonical(one)).keys() == plain(one).keys()


@modest
@given(requests, st.text(max_size=5))
def test_an_envelope_keeps_its_payload_to_the_byte(request: Request, ask: str) -> None:
    payload = HttpExchange(request=request, interaction="read", response=Response(status=200, wire=Wire()))
    made = envelope(payload, number=7, ask=ask, captured_at=AT, previous="before")
    again = decode(canonical(made), Evidence)
    assert (again, again.link, again.read()) == (made, made.link, payload)
    assert again.sha256 == sha256(bytes(again.payload))
    assert (made.id, made.kind) == ("e000007", "http-exchange")
    assert msgspec.structs.replace(made, previous="other").link != made.link


@modest
@given(st.integers(0, 2 * MAX_DEPTH), st.sampled_from(['"', '"}{[\\"', "x"]))
def test_depth_is_counted_in_levels_and_not_in_brackets_of_strings(levels: int, text: str) -> None:
    data = (b"[" * levels + json.dumps(text).encode() + b"]" * levels) if levels else json.dumps(text).encode()
    assert nests_too_deep(data) == (levels > MAX_DEPTH)
    assert not nests_too_deep(b"[" + b",".join([b"[{}]"] * 3 * MAX_DEPTH) + b"]")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'"\xff"', "UTF-8"),
        (b"<html>", "HTML or XML"),
        (b" <Patient/>", "HTML or XML"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b"[" * 300 + b"]" * 300, "deeper"),
        (b"[" * 100_000, ""),
        (b'"\\ud800"', ""),
    ],
)
def test_what_is_no_json_is_named_and_never_raised(data: bytes, problem: str) -> None:
    body = parse_json(data)
    assert problem in body.problem
    assert body.resource_type == ""


@modest
@given(st.binary(max_size=30))
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance(parse_json(data), Body)


def _exchange(response: Response | None, blobs: dict[str, bytes], withheld: Reason | None = None) -> Exchange:
    payload = HttpExchange(request=Request(url="u"), interaction="read", response=response)
    made = envelope(payload, number=1, ask="a", captured_at=AT, previous="", withheld=withheld)
    return Exchange(made, blobs.get)


@pytest.mark.parametrize(
    ("response", "withheld", "problem", "lost"),
    [
        (None, None, "no response", False),
        (Response(status=200), None, "empty", False),
        (Response(status=200, body="x"), None, "", False),
        (Response(status=200, body="gone"), None, "missing", True),
        (Response(status=200, wire=Wire(truncated=True)), None, "cut", True),
        (Response(status=200), Reason.UNSAFE, "not stored", True),
    ],
)
def test_a_body_that_cannot_be_looked_at_says_why(
    response: Response | None, withheld: Reason | None, problem: str, lost: bool
) -> None:
    exchange = _exchange(response, {"x": b"{}"}, withheld)
    assert problem in exchange.json().problem
    assert exchange.lost == lost
    assert exchange.ok == (response is not None)


def nothing(name: str) -> None:
    """Finds nothing."""


def test_only_http_evidence_is_an_exchange() -> None:
    made = envelope(Handshake(host="h", port=1, attempts=()), number=1, ask="a", captured_at=AT, previous="")
    with pytest.raises(TypeError, match="handshake"):
        Exchange(made, nothing)


def test_a_record_without_its_evidence_is_not_complete() -> None:
    raw = envelope(RawExchange(host="h", port=1, attempts=()), number=1, ask="a", captured_at=AT, previous="")
    record = Record(key="k", probe="p", version="1", params={}, items=(Item(role="r", evidence=raw.id),))
    held = {raw.id: raw}
    there, gone = RecordView(record, held.get, nothing), RecordView(record, nothing, nothing)
    assert (there.complete, gone.complete) == (True, False)
    assert gone.missing == (raw.id,)
    assert gone.undecided("It").reason is Reason.NO_DATA
    assert isinstance(there.payload("r"), RawExchange)
    assert there.payload("other") is None
    short = msgspec.structs.replace(record, shortfalls=(Shortfall(reason=Reason.AUTH, message="no"),))
    assert RecordView(short, held.get, nothing).undecided("It").reason is Reason.AUTH
    assert not msgspec.structs.replace(record, fault="broke").complete


def test_a_pattern_covers_its_instances_alone() -> None:
    pattern = Need(probe="p", params=OneResource(type="Patient", id=ANY))
    assert pattern.covers(Need(probe="p", params=OneResource(type="Patient", id="a1")))
    assert not pattern.covers(Need(probe="p", params=OneResource(type="Basic", id="a1")))
    assert not pattern.covers(Need(probe="q", params=OneResource(type="Patient", id="a1")))
    assert AtMost(need=pattern, times=2).times == 2


@modest
@given(st.builds(Budget, requests=st.integers(0, 9), handshakes=st.integers(0, 9)), st.integers(0, 5))
def test_budgets_add_up(one: Budget, times: int) -> None:
    total = Budget()
    for _ in range(times):
        total = total + one
    assert total == one.times(times)


@pytest.mark.parametrize(
    ("statuses", "status", "taken"), [((), 204, True), (("2xx",), 299, True), (("404",), 400, False)]
)
def test_a_selector_takes_codes_and_classes(statuses: tuple[str, ...], status: int, taken: bool) -> None:
    assert Selector(statuses=statuses).selects_status(status) is taken


def test_safety_is_ordered() -> None:
    assert sorted(Safety) == [Safety.S0, Safety.S1, Safety.S2, Safety.S3, Safety.S4]


def test_unknown_or_wrong_parameters_are_refused_with_their_place() -> None:
    with pytest.raises(msgspec.ValidationError, match="typo"):
        read_params(OfType, {"typo": "Patient"})
    with pytest.raises(msgspec.ValidationError, match="type"):
        read_params(OfType, {"type": 7})


def test_two_specifications_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="never re-used"):
        Shelf("check", [("a", 1), ("a", 2)])
    shelf = Shelf("check", [("read.one", 1)])
    assert (shelf.nearest("read.ones"), shelf.nearest("zzz"), shelf.get("b")) == ("read.one", None, None)
    assert "read.one" in shelf
    assert list(Registry.of_modules([]).probes) == []


def test_a_specification_without_a_docstring_is_refused() -> None:
    def silent(*args: Any) -> Any: ...

    async def silent_probe(*args: Any) -> None: ...

    with pytest.raises(TypeError, match="docstring"):
        check("x", needs=lambda p, s: [], source="")(silent)
    with pytest.raises(TypeError, match="docstring"):
        condition("x", needs=lambda p, s: [], claim=True)(silent)
    with pytest.raises(TypeError, match="docstring"):
        probe("x", "1")(silent_probe)
    with pytest.raises(TypeError, match="async"):
        probe("x", "1")(silent)


def test_a_need_of_nothing_has_a_stable_key() -> None:
    assert Need(probe="p", params=NoParams()).key == "p {}"
    assert Need(probe="p", params=OneResource(type="a", id="b")).key == 'p {"id":"b","type":"a"}'


def test_a_report_that_is_none_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        Report.from_json(b"{}")
