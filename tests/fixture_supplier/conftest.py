"""One healthy supplier for all tests of a module's worth of questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.supplier.serve import Served
from tests.fixture_supplier.client import Client


@pytest.fixture(scope="session")
def healthy() -> Iterator[Client]:
    """A client of a healthy supplier."""
    with Served(static_bearer="static-token-for-tests", api_key="key-for-tests") as served:
        yield Client(served)
