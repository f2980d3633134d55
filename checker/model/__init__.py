"""Frozen values and the protocols of the registries. No I/O; imports nothing else of ours.

One word, one thing: the vocabulary is in ``docs/architecture.md``.
"""
