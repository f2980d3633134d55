"""Servers that nobody here wrote, started on this machine and judged. By hand: no part of the test suite.

``python -m tests.interop.sekmet``, ``.node`` and ``.hapi`` install a server into a folder of its own, start it on
loopback, load the synthetic patients, run the checker against it and keep the reports. ``python -m
tests.interop.record`` writes docs/interop-servers.md from reports and from the notes in ``tests/interop/triage``.
"""
