"""The checks of the platform, of SMART, of exports and of summaries on answers that are none: right or undecided."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.checks import bulk_jobs, openapi_description, openapi_schema, openapi_versions, smart
from checker.checks.openapi_description import Description
from checker.fhir import patient_summary
from checker.model.supplier import IdentityRef
from checker.model.terms import Outcome, Safety
from checker.model.verdict import Verdict
from checker.probes.openapi import OpenApi, parsed
from tests.checks.bench import DEEP, SPOILT
from tests.engine.scripted import (
    LIMITS,
    SUPPLIER,
    Reply,
    Scripted,
    judged,
    profile_of,
    recorded,
    requirement,
)

CHECKS = (
    *("access.nobody-is-told-401", "bulk.cancel", "bulk.closed-to-nobody", "bulk.files", "bulk.is-declared"),
    *("bulk.kick-off", "bulk.parameters", "bulk.status", "errors.carry-a-coding", "errors.coding-is-of-the-api"),
    *("errors.throttling-is-told", "headers.ids-come-back", "headers.request-id-is-validated", "ips.operation"),
    *("http.formats-are-common", "http.reading-changes-nothing", "platform.base-path", "platform.ping"),
    *("headers.required-is-enforced", "platform.preflight", "platform.status", "smart.backend-services"),
    *("smart.configuration-is-served", "smart.configuration-is-whole", "smart.scope-is-kept"),
    *("transport.nothing-in-the-clear", "ips.bundle", "ips.composition"),
)
FACED = msgspec.structs.replace(
    SUPPLIER,
    token_url="https://fhir.test/token",
    identities=(
        IdentityRef(name="default", kind="client-credentials"),
        IdentityRef(name="narrow", kind="client-credentials"),
        IdentityRef(name="platform", kind="api-key", header="apikey"),
    ),
)
ELSEWHERE = (("Content-Type", "application/json"), ("Location", "https://elsewhere.test/x"), ("Retry-After", "-1"))
LIES: dict[str, Any] = {
    "outcome": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x", "details": 7}]},
    "bundle": {"resourceType": "Bundle", "type": 7, "entry": [None, {"resource": []}, {"fullUrl": {}}]},
    "statement": {
        "resourceType": "CapabilityStatement",
        "rest": [{"mode": "server", "operation": "all", "resource": [7]}],
    },
    "manifest": {"output": [{"type": 7, "url": []}, "x"], "error": {}, "transactionTime": []},
    "smart": {
        "capabilities": {"launch-ehr": True},
        "grant_types_supported": [7],
        "jwks_uri": "http://[::1",
        "token_endpoint": 7,
    },
    "list": [[], {}, None],
    "number": 7,
}
ANSWERS = {**SPOILT, **{name: json.dumps(value).encode() for name, value in LIES.items()}}


def verdict(check: str, reply: Reply) -> Verdict:
    """What a check says of a supplier who answers everything so."""
    profile = profile_of(requirement(check=check))
    limits = msgspec.structs.replace(LIMITS, ceiling=Safety.S3, max_retry_after_s=0.0)
    found = recorded(Scripted(answer=lambda ask: reply), profile, supplier=FACED, limits=limits)
    return judged(found, profile=profile)[0]["R-1"]


@pytest.mark.parametrize("check", CHECKS)
def test_no_check_breaks_or_passes_on_what_is_no_answer(check: str) -> None:
    for name, body in ANSWERS.items():
        for status in (200, 202, 302, 404, 500):
            found = verdict(check, Reply(status, body, ELSEWHERE))
            assert found.outcome is not Outcome.ERROR, (name, status, found.why)
            harmless = check == "bulk.cancel" or (check, status) in {
                ("transport.nothing-in-the-clear", 302),
                ("transport.nothing-in-the-clear", 404),
            }
            assert found.outcome is not Outcome.PASS or harmless, (name, status, found.why)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.sampled_from(["", "x", "3.0.3", "#/a", "200", "Bundle", "plain"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "openapi",
                        "info",
                        "version",
                        "paths",
                        "/Patient",
                        "get",
                        "responses",
                        "200",
                        "content",
                        "schema",
                    ),
                    *(
                        "$ref",
                        "schema",
                        "properties",
                        "items",
                        "type",
                        "required",
                        "parameters",
                        "in",
                        "name",
                        "pattern",
                    ),
                    *("resourceType", "entry", "resource", "fullUrl", "section", "code", "coding", "reference"),
                    *("capabilities", "grant_types_supported", "code_challenge_methods_supported", "output", "error"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(JSON, JSON)
def test_nothing_raises_on_odd_json(one: Any, other: Any) -> None:
    description = Description(artefact="a", files={"a.json": one, "b.json": other})
    list(openapi_description.faults(description))
    list(description.references())
    list(openapi_versions._changes(*[Description("x", files={"r": _document(each)}) for each in (one, other)]))
    if isinstance(one, dict):
        patient_summary.problems(one)
        list(smart._problems(one))
        list(bulk_jobs._manifest_problems(one))
    list(smart._oauth_uris(one))
    with suppress(openapi_schema.Unjudged):
        openapi_schema.faults(Description("x", files={"a": {"openapi": "3.1.0", "s": one}}), "a", "/s", other)


def _document(found: Any) -> dict[str, Any]:
    paths = found if isinstance(found, dict) else {"/Patient": {"get": found}}
    return {"openapi": "3.0.3", "info": {"version": "1.0.0"}, "paths": paths}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (DEEP, "limit"),
        (b"\xff", "problem"),
        (b"", "problem"),
        (b"- a", "problem"),
        (b"a: &x [*x]", "limit"),
        (b"a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]", "document"),
        (b"a: !!python/object:os.system x", "document"),
        (b"{" + b"a: {" * 200, "problem"),
        (b'{"a": NaN}', "problem"),
        (b"a: 2026-11-22", "document"),
    ],
)
def test_a_file_that_is_no_openapi_document_is_told(text: bytes, key: str) -> None:
    assert list(parsed(text)) == [key]


def test_a_few_aliases_that_stand_for_gigabytes_are_not_followed() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "limit" in parsed("\n".join(lines).encode())


def test_a_date_stays_text() -> None:
    assert parsed(b"a: 2026-11-22\nb: 1.10\nc: '7'\nd: 7") == {
        "document": {"a": "2026-11-22", "b": 1.1, "c": "7", "d": 7}
    }


def test_a_file_that_is_too_long_is_not_kept() -> None:
    reader = OpenApi()
    for _ in range(5):
        reader.feed(b"a" * (1 << 20))
    reader.end()
    assert reader.facts() == {"documents": [{"limit": "longer than 4194304 bytes"}]}


def test_a_schema_that_explodes_is_given_up() -> None:
    schemas = {f"s{n}": {"allOf": [{"$ref": f"#/s{n + 1}"}] * 2} for n in range(40)} | {"s40": {}}
    one = Description("x", files={"a": {"openapi": "3.0.0", **schemas}})
    with pytest.raises(openapi_schema.Unjudged):
        openapi_schema.faults(one, "a", "/s0", {})


def test_a_pattern_that_never_ends_ends() -> None:
    one = Description("x", files={"a": {"openapi": "3.0.0", "s": {"type": "string", "pattern": "^(a+)+$"}}})
    assert openapi_schema.faults(one, "a", "/s", "a" * 40_000 + "b") == ["/: pattern"]
