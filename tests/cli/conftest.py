"""One healthy supplier and one recording of it, for all tests of a worker that only look at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.supplier.serve import Served
from tests.cli.support import FAST, Site, site


@pytest.fixture(scope="session")
def healthy() -> Iterator[Served]:
    """A healthy supplier with every way to log in."""
    with Served(static_bearer="static-token-for-tests", api_key="key-for-tests") as served:
        yield served


@pytest.fixture
def place(tmp_path: Path, healthy: Served) -> Site:
    """A folder of its own, with a supplier.toml for the healthy supplier."""
    return site(tmp_path, healthy)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory, healthy: Served) -> Site:
    """A folder where ``run`` has been: recording.zip and a report in every format. Not to be changed."""
    found = site(tmp_path_factory.mktemp("recorded"), healthy)
    outputs = [part for name in FORMATS for part in ("-o", f"{name}:report.{name}")]
    done = found.run("run", "--safety", "S2", *FAST, *outputs)
    assert done.returncode == 0, done.stderr
    return found


FORMATS = ("json", "csv", "html", "junit", "console")
