"""For all tests: how many at once, and Ctrl-C reaches the processes that they start, however they were started."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# A shell that starts a command in the background has it ignore SIGINT, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asserts a time: neither of an example nor of the making of one.
settings.register_profile("without-a-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without-a-clock")

PROFILE_CACHE = "TESTS_PROFILE_CACHE"
"""The environment variable that names it; `tests.cli.support` hands it on as CHECKER_CACHE."""


def pytest_xdist_auto_num_workers() -> int:
    """Two for each processor: tests of whole commands wait for requests, whose rate is limited, more than they work."""
    return max(2, 2 * (os.cpu_count() or 1))


def pytest_configure(config: pytest.Config) -> None:
    """A folder for parsed profiles that all processes of one run of the tests share: parsing takes longer than most."""
    if PROFILE_CACHE not in os.environ:  # workers inherit it
        folder = tempfile.mkdtemp(prefix="profiles-")
        os.environ[PROFILE_CACHE] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
