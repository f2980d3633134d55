"""How the searches of a trial are sent."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from checker.fhir.search.asking import Query
from checker.probes.trials import _first


class Stub:
    """A session before a server that refuses every search."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def url(self, path: str, /, **query: str) -> str:
        return f"https://test.example/fhir/{path}"

    async def send(self, request: Any, role: str, **_: Any) -> Any:
        self.sent.append(request)
        value = SimpleNamespace(value=None, resource_type="", problem="none")
        return SimpleNamespace(request=request, status=400, ok=False, response=object(), lost=False, json=lambda: value)


@pytest.mark.parametrize("again", [0, 1, 2])
def test_what_is_asked_again_does_not_come_from_a_cache(again: int) -> None:
    stub = Stub()
    query = Query("Patient", (("gender", "female"),), pages=1, again=again)
    asyncio.run(_first(stub, query))  # type: ignore[arg-type]
    (request,) = stub.sent
    assert (("Cache-Control", "no-cache") in request.headers) is (again > 0)
