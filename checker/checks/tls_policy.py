"""The published policies on TLS, one file each beside the profile: a change of policy is a change of data."""

from __future__ import annotations

from functools import cache
from typing import Literal

from checker.model.tls_suites import SUITES
from checker.model.value import Value, decode
from checker.resources import data

PolicyName = Literal["ncsc", "cis2", "spine-ssp", "mozilla-intermediate"]
_NUMBERS = {f"TLS_{name}": number for number, name in SUITES.items()}


class _File(Value, frozen=True, kw_only=True):
    id: str
    title: str
    version: str
    source: str
    read: str
    suites: tuple[str, ...] = ()
    suites_1_3: tuple[str, ...] = ()


class Policy(Value, frozen=True, kw_only=True):
    """What a publisher lets a server speak. Suites by number."""

    id: str
    title: str
    version: str
    """The date or number of the text."""
    source: str
    read: str
    """When, and how, it was read; what was not confirmed is said here."""
    suites: tuple[int, ...] = ()
    """Of TLS 1.2."""
    suites_1_3: tuple[int, ...] = ()


@cache
def policy(name: PolicyName) -> Policy:
    """The policy of that name, from ``policies/`` of the profile ``tls-ncsc``."""
    file = data("profiles").joinpath("tls-ncsc", "policies", f"{name}.json")
    said = decode(file.read_bytes(), _File)
    return Policy(
        id=said.id,
        title=said.title,
        version=said.version,
        source=said.source,
        read=said.read,
        suites=tuple(_NUMBERS[one] for one in said.suites),
        suites_1_3=tuple(_NUMBERS[one] for one in said.suites_1_3),
    )
