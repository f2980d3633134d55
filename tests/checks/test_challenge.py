"""The challenge of a 401: which schemes it names, and where it is missing."""

from __future__ import annotations

import msgspec
import pytest

from checker.checks.challenge import schemes
from checker.model.ask import HttpAsk
from checker.model.supplier import IdentityRef
from checker.model.terms import Outcome, Reason
from tests.checks.bench import said
from tests.engine.scripted import SUPPLIER, Reply, Scripted, changed, outcome

CHALLENGE = "challenge.on-every-401"


def refusing(*values: str) -> Scripted:
    """The healthy supplier, whose refusals carry these challenges."""
    refused = outcome(401, "login", tuple(("www-authenticate", value) for value in values))
    return Scripted(answer=changed(lambda ask, reply: refused if reply.status == 401 else reply))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (("Bearer",), ("bearer",)),
        (('Bearer realm="a, Basic b", error="invalid_token"',), ("bearer",)),
        (('Basic realm="x", Bearer realm = "y", charset="UTF-8"',), ("basic", "bearer")),
        (("Negotiate abc==", 'DPoP algs="ES256"'), ("negotiate", "dpop")),
        (('realm="x"',), ()),
        (("",), ()),
        (('error = "x"',), ()),
        (('Bearer realm="odd \\" quote", x=1',), ("bearer",)),
    ],
)
def test_the_schemes_of_a_challenge(values: tuple[str, ...], named: tuple[str, ...]) -> None:
    assert schemes(values) == named


@pytest.mark.parametrize("value", ["Bearer", 'bearer realm="x"', 'Basic realm="x", Bearer', "DPoP"])
def test_a_challenge_that_names_what_is_wanted_passes(value: str) -> None:
    assert said(CHALLENGE, refusing(value)).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("values", "word"), [((), "has no"), (("",), "no scheme"), (('realm="x"',), "no scheme"), (("Basic",), "Bearer")]
)
def test_one_that_does_not_is_a_finding_for_each_sort_of_request(values: tuple[str, ...], word: str) -> None:
    verdict = said(CHALLENGE, refusing(*values))
    assert verdict.outcome is Outcome.FAIL
    assert ["bad" in finding.message for finding in verdict.findings] == [False, True]
    assert all(word in finding.message for finding in verdict.findings)


def test_without_access_tokens_any_scheme_will_do() -> None:
    key = msgspec.structs.replace(SUPPLIER, identities=(IdentityRef(name="default", kind="api-key"),))
    assert said(CHALLENGE, refusing("Basic"), supplier=key).outcome is Outcome.PASS
    assert said(CHALLENGE, refusing(), supplier=key).outcome is Outcome.FAIL


def test_a_supplier_that_never_answers_401_proves_nothing() -> None:
    def change(ask: HttpAsk, reply: Reply) -> Reply:
        return outcome(403) if reply.status == 401 else reply

    verdict = said(CHALLENGE, Scripted(answer=changed(change)))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)
    assert verdict.why[0].startswith("no request was answered with 401")
