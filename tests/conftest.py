"""For all tests: how many at once, and Ctrl-C reaches the processes that they start, however they were started."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# A shell that starts a command in the background has it ignore SIGINT, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asserts a time: neither of an example nor of the making of one.
settings.register_profile("without-a-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without-a-clock")


def pytest_xdist_auto_num_workers() -> int:
    """Two for each processor: tests of whole commands wait for requests, whose rate is limited, more than they work."""
    return max(2, 2 * (os.cpu_count() or 1))
