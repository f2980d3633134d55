"""For all tests: Ctrl-C reaches the processes that they start, however the tests themselves were started."""

from __future__ import annotations

import signal

# A shell that starts a command in the background has it ignore SIGINT, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
