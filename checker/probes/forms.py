"""Searches whose criteria are about a person: by POST, so that they stand in no URL.

A server that takes no search by POST, or does not read its body, is asked by GET in a test system only: the
people in it are invented. Source: http://hl7.org/fhir/R4/http.html#search.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from checker.model.exchange import Request
from checker.model.session import Session
from checker.model.supplier import DEMONSTRATION
from checker.model.view import Exchange
from checker.probes.fhir import form_search, get

Applies = Callable[[Exchange], bool]
"""Was the criterion looked at, by its answer?"""


def is_test(s: Session) -> bool:
    """Is the system declared as one of invented people?"""
    return s.supplier.environment.strip().lower() in ("test", DEMONSTRATION)


def by_url(s: Session, kind: str, criteria: Mapping[str, str]) -> Request:
    """The same search by GET."""
    return get(s.url(kind, **criteria))


async def first(s: Session, kind: str, criteria: Mapping[str, str], role: str, applies: Applies) -> bool:
    """Ask by POST, and by GET where that is of no use and the system is one for tests. True: go on by POST.

    The answer that is to be judged has the role. The same request is sent once, whatever roles it has. A POST to which
    nothing came back says nothing about searches by POST: no GET follows it.
    """
    posted = await s.send(form_search(s, kind, dict(criteria)), f"posted {role}", interaction="search")
    if (posted.ok and applies(posted)) or posted.http.response is None or not is_test(s):
        await s.send(form_search(s, kind, dict(criteria)), role, interaction="search")
        return True
    await s.send(by_url(s, kind, criteria), role, interaction="search")
    return False


async def then(s: Session, kind: str, criteria: Mapping[str, str], role: str, *, by_post: bool) -> Exchange:
    """Ask as the first search went."""
    request = form_search(s, kind, dict(criteria)) if by_post else by_url(s, kind, criteria)
    return await s.send(request, role, interaction="search")
