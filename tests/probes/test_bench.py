"""What is made on a test system is removed again, also where the work breaks off; and nothing else is."""

from __future__ import annotations

import asyncio
import contextlib
import json
from types import SimpleNamespace
from typing import Any

import pytest

from checker.fhir import offered
from checker.probes.bench import Bench

BASE = "https://test.example/fhir"


class Stub:
    """A session before a server that holds what it is given; ``strange``: it names another's address as made.

    ``in_use``: what it was given first goes only after what it was given last, which refers to it.
    """

    def __init__(self, *, strange: bool = False, in_use: bool = False) -> None:
        self.supplier = SimpleNamespace(base_url=BASE)
        self.held: dict[str, Any] = {"Patient/other": {"resourceType": "Patient", "id": "other"}}
        self.strange, self.in_use = strange, in_use
        self.sent: list[Any] = []

    def url(self, path: str, **query: str) -> str:
        return f"{BASE}/{path}" + ("?" if query else "") + "&".join(query.values())

    async def send(self, request: Any, role: str, **_: Any) -> Any:
        place = request.url.removeprefix(f"{BASE}/")
        status, value, location = 200, None, None
        self.sent.append(request)
        if request.method == "POST":
            made = f"Patient/{6 + len(self.held)}"
            self.held[made] = json.loads(request.body)
            status, location = 201, f"{BASE}/{'Patient/other' if self.strange else made}/_history/1"
        elif request.method == "DELETE" and self.in_use and place == "Patient/8" and "Patient/7" in self.held:
            status = 409
        elif request.method == "DELETE":
            status = 204 if self.held.pop(place, None) else 404
        else:
            value = self.held.get(place)
            status = 200 if value else 404
        body = SimpleNamespace(value=value, resource_type="Patient" if value else "")
        return SimpleNamespace(
            request=request,
            status=status,
            ok=status < 300,
            response=object(),
            json=lambda: body,
            header=lambda name: location if name == "Location" else None,
        )


@pytest.mark.parametrize("breaks", [None, asyncio.CancelledError, ValueError])
def test_what_was_made_is_removed_whatever_happens(breaks: type[BaseException] | None) -> None:
    stub = Stub()

    async def work() -> None:
        async with Bench(stub) as bench:  # type: ignore[arg-type]
            await bench.create("create", "one")
            assert "Patient/7" in stub.held
            if breaks is not None:
                raise breaks

    with contextlib.nullcontext() if breaks is None else pytest.raises(breaks):
        asyncio.run(work())
    assert list(stub.held) == ["Patient/other"]


def test_what_does_not_bear_the_mark_is_never_removed() -> None:
    stub = Stub(strange=True)

    async def work() -> None:
        async with Bench(stub) as bench:  # type: ignore[arg-type]
            await bench.create("create", "one")

    asyncio.run(work())
    assert "Patient/other" in stub.held


def test_what_is_still_referred_to_is_removed_after_what_refers_to_it() -> None:
    stub = Stub(in_use=True)

    async def work() -> None:
        async with Bench(stub) as bench:  # type: ignore[arg-type]
            await bench.create("create", "one")
            await bench.create("create", "two")

    asyncio.run(work())
    assert list(stub.held) == ["Patient/other"]


def test_what_is_looked_at_is_asked_for_as_it_is_now() -> None:
    """A server may answer a search again by what it found a minute ago, unless it is told not to."""
    stub = Stub()

    async def work() -> None:
        async with Bench(stub) as bench:  # type: ignore[arg-type]
            await bench.create("create", "one")
            await bench.search("search", "one")

    asyncio.run(work())
    looks = [one for one in stub.sent if one.method == "GET"]
    assert looks
    assert all(("Cache-Control", "no-cache") in one.headers for one in looks)


@pytest.mark.parametrize(
    "text", [None, 7, "Patient/None/x", "https://elsewhere.example/Patient/7", "Patient/" + "x" * 65]
)
def test_an_odd_location_names_no_address(text: object) -> None:
    assert offered.address_in(BASE, text) == ""


@pytest.mark.parametrize("rule", sorted(offered.BREACHES))
def test_every_broken_patient_bears_the_mark_and_differs_from_its_twin(rule: str) -> None:
    breach = offered.BREACHES[rule]
    twin, broken = offered.patient("x", **breach.twin), offered.patient("x", **{**breach.twin, **breach.mutant})
    assert offered.is_ours(twin)
    assert offered.is_ours(broken)
    assert len([name for name in {*twin, *broken} if twin.get(name) != broken.get(name)]) == 1
