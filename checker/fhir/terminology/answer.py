"""The question that terminology answers, and the shape of the answer.

Source: http://hl7.org/fhir/R4/terminology-service.html (validate-code), http://hl7.org/fhir/R4/terminologies.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

Outcome = Literal["in", "not-in", "unknown"]


class CodeAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one code.

    - ``outcome``: is it in the value set (without a value set: in the code system)? ``unknown`` is a
      value: nobody may make an error or a pass of it.
    - ``reason``: why not, or why it is not known, in words; empty when the answer is ``in``.
    - ``system``: the code system of the code, worked out from the value set where none was given.
    - ``systems``: the code systems that the value set draws on, sorted; ``allowed``: a few of its codes, for messages.
    - ``code_known``: is the code in its code system? None when that is not held, or held in part.
    - ``system_known``: is the code system held (in whole or in part), or ruled? False when it is not.
    - ``content``: how it is held: ``complete``, ``fragment``, ``example``, ``supplement``, ``not-present``, ``ruled``
      for systems that are rules (UCUM, BCP 47), ``server`` when a terminology server answered, empty when not.
    - ``suspicion``: why the code can hardly be one of its system (a wrong check digit), though that is not held.
    - ``display_ok``: does the display fit? None when that cannot be told. ``display_right``: displays that do.
      ``display_near``: it would fit but for hyphens and the like. ``display_language``: the displays that are held
      are all in other languages than the one asked for.
    - ``inactive``, ``abstract``: the code system says so. ``status`` is its word for it.
    - ``right_case``: the code as its system spells it, where only the letter case differs and the system ignores it.
    - ``version_held``: version of the code system that answered, where the question named another one.
    - ``value_set_known``: the value set is held (whether or not it could be worked out).
    - ``value_set_is_system``: the canonical given for a value set names a code system.
    - ``system_is_value_set``, ``system_is_supplement``: the system given for the code names one of these.
    """

    outcome: Outcome
    reason: str = ""
    system: str | None = None
    systems: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    code_known: bool | None = None
    system_known: bool = False
    content: str = ""
    suspicion: str = ""
    display_ok: bool | None = None
    display_right: tuple[str, ...] = ()
    display_near: bool = False
    display_language: bool = False
    inactive: bool = False
    abstract: bool = False
    status: str = ""
    right_case: str = ""
    version_held: str = ""
    value_set_known: bool = False
    value_set_is_system: bool = False
    system_is_value_set: bool = False
    system_is_supplement: bool = False


class Terminology(Protocol):
    """Whoever answers for codes: the definitions that are held, the answers of a server, or a chain of both."""

    def validate(
        self,
        value_set: str | None,
        system: str | None,
        code: str,
        display: str | None = None,
        version: str | None = None,
        *,
        code_only: bool = False,
        language: str | None = None,
    ) -> CodeAnswer:
        """Is the code in the value set (None: in its code system), and does the display fit?

        ``code_only``: a bare ``code`` element whose system is not written and follows from the value set.
        ``version`` is that of the code system. ``language`` (BCP 47) is what the display is written in, if known.
        """

    def codes(self, value_set: str) -> frozenset[str] | None:
        """All codes of the value set whatever their system, None if they cannot be listed.

        A code outside may still be in the set when the code system ignores letter case: ask :meth:`validate`.
        """


class Library(Protocol):
    """Where value sets and code systems are had from, as FHIR JSON. A canonical may carry ``|version``."""

    def value_set(self, canonical: str) -> dict[str, Any] | None:
        """The ValueSet, None if it is not held."""

    def code_system(self, canonical: str) -> dict[str, Any] | None:
        """The CodeSystem, None if it is not held. It may be a fragment or a supplement."""


@runtime_checkable
class SupplementedLibrary(Protocol):
    """A library that also knows supplements (http://hl7.org/fhir/R4/codesystem.html#supplements)."""

    def supplements(self, code_system: str) -> Iterable[dict[str, Any]]:
        """The CodeSystems with content ``supplement`` that add to the code system of that url."""


class Chain:
    """Asks one after the other: the first answer that is not ``unknown`` holds, else the first answer.

    Where the value set is decided but not the code or its display, a later answer fills that in.
    """

    __slots__ = ("_links",)

    def __init__(self, *links: Terminology) -> None:
        self._links = links

    def validate(
        self,
        value_set: str | None,
        system: str | None,
        code: str,
        display: str | None = None,
        version: str | None = None,
        *,
        code_only: bool = False,
        language: str | None = None,
    ) -> CodeAnswer:
        """See :class:`Terminology`."""
        first: CodeAnswer | None = None
        for link in self._links:
            answer = link.validate(value_set, system, code, display, version, code_only=code_only, language=language)
            if first is None:
                first = answer
            elif answer.outcome != "unknown" or answer.code_known is not None:
                first = merged(first, answer)
            if is_settled(first, display):
                break
        return first if first is not None else CodeAnswer(outcome="unknown", reason="nobody answers for codes")

    def codes(self, value_set: str) -> frozenset[str] | None:
        """See :class:`Terminology`."""
        for link in self._links:
            found = link.codes(value_set)
            if found is not None:
                return found
        return None


def is_settled(answer: CodeAnswer, display: str | None) -> bool:
    """Is there nothing left that somebody else could add?

    A bare code (no system of its own) that is in its value set is settled. So is everything about a ruled system.
    """
    if answer.outcome == "unknown":
        return False
    if answer.content in ("complete", "ruled", "server") or answer.system is None:
        return True
    return answer.code_known is not None and (display is None or answer.display_ok is not None)


def merged(first: CodeAnswer, later: CodeAnswer) -> CodeAnswer:
    """The earlier answer with its gaps filled by the later one. Nothing that was decided is overruled."""
    changes: dict[str, Any] = {}
    if first.outcome == "unknown" and later.outcome != "unknown":
        changes |= {"outcome": later.outcome, "reason": later.reason}
    if first.code_known is None and later.code_known is not None:
        changes |= {"code_known": later.code_known, "system_known": True, "content": later.content}
        changes |= {"inactive": later.inactive, "abstract": later.abstract, "status": later.status}
    if first.display_ok is None and later.display_ok is not None:
        changes |= {"display_ok": later.display_ok, "display_right": later.display_right}
    return msgspec.structs.replace(first, **changes) if changes else first


def split_canonical(canonical: str) -> tuple[str, str]:
    """Url and version of a canonical; the version is empty if none is written."""
    url, _, version = canonical.partition("|")
    return url, version
