"""Parameters of the probes and checks that obligations are linked to: what an API says a server must offer."""

from __future__ import annotations

from typing import Literal

from checker.model.value import Params

Kind = Literal["token", "string", "date", "reference", "uri", "number"]
DateForm = Literal["year", "month", "ge", "le", "between"]
Pairs = tuple[tuple[str, str], ...]
"""Names and values in order; a name may come twice."""


class Seek(Params, frozen=True, kw_only=True):
    """How resources of a type are found, so that there is something to go on from.

    ``query``: what a search for them must ask at least; values may hold ``{name}`` of ``[known]``. ``through``: where
    a search for all is refused or finds nothing, they are looked for patient by patient by that reference parameter.
    """

    type: str
    query: Pairs = ()
    through: str = ""


class By(Params, frozen=True, kw_only=True):
    """A search parameter: its name, its kind, and the path of the values that it looks at."""

    name: str
    kind: Kind
    path: str


class Searched(Params, frozen=True, kw_only=True):
    """A search by ``by``, one parameter or several at once, each time together with ``beside``."""

    seek: Seek
    by: tuple[By, ...]
    beside: tuple[By, ...] = ()


class Dated(Params, frozen=True, kw_only=True):
    """A search by a date in several forms."""

    seek: Seek
    by: By
    beside: tuple[By, ...] = ()
    forms: tuple[DateForm, ...]


class Included(Params, frozen=True, kw_only=True):
    """A search that brings along what it refers to: ``parameter=value`` gives resources of a type."""

    seek: Seek
    parameter: str = "_include"
    value: str
    gives: str


class Sought(Params, frozen=True, kw_only=True):
    """A type and an interaction of it."""

    seek: Seek
    code: Literal["read", "search-type"]


class Offered(Params, frozen=True, kw_only=True):
    """What the CapabilityStatement must list of a type."""

    type: str
    interactions: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()


class ClaimedStructure(Params, frozen=True, kw_only=True):
    """A type and the canonical of a StructureDefinition."""

    type: str
    canonical: str


class Conforming(Params, frozen=True, kw_only=True):
    """Resources, and the canonical of a StructureDefinition that they are held against."""

    seek: Seek
    canonical: str


class Operation(Params, frozen=True, kw_only=True):
    """An operation, of a type or ("") of the whole system. ``ask``: how it may be asked without any change."""

    type: str = ""
    name: str
    ask: Literal["GET", "POST", "never"] = "never"


class Shape(Params, frozen=True, kw_only=True):
    """What stands at a path: how often, in which form. A path is member names with dots; ``name[use=official]``."""

    path: str
    min: int = 0
    max: int | None = None
    pattern: str = ""
    """A regular expression for the whole text of each value."""
    one_of: tuple[str, ...] = ()


class Shapes(Params, frozen=True, kw_only=True):
    """What each resource of a type holds."""

    seek: Seek
    expect: tuple[Shape, ...]


class StatementShape(Params, frozen=True, kw_only=True):
    """What the CapabilityStatement holds."""

    expect: tuple[Shape, ...]


class Wanted(Params, frozen=True, kw_only=True):
    """A request as data. ``{name}`` in path, query, headers and body stands for a value of ``[known]``."""

    method: str = "GET"
    path: str = ""
    query: Pairs = ()
    headers: Pairs = ()
    """A header with an empty value is left out, also one that every request of this API carries."""
    body: str = ""
    """JSON."""


class Refused(Params, frozen=True, kw_only=True):
    """A request that works, the same in one respect wrong, and the refusal that it gets.

    ``code``: codes of ``issue.details.coding``; ``issue``: codes of ``issue.code``; any one of them. None: any.
    """

    ask: Wanted
    instead: Wanted
    statuses: tuple[int, ...]
    code: tuple[str, ...] = ()
    issue: tuple[str, ...] = ()


class Answered(Params, frozen=True, kw_only=True):
    """A request and what it gives: a resource of a type, or a Bundle that ``holds`` some of one; what is in each."""

    ask: Wanted
    gives: str
    holds: str = ""
    expect: tuple[Shape, ...] = ()


class ErrorCodes(Params, frozen=True, kw_only=True):
    """How the codes of an API's errors begin, and the type by which errors are provoked."""

    type: str = "Patient"
    prefix: str = ""


class KeptBack(Params, frozen=True, kw_only=True):
    """A request that shows at least one answer about a patient."""

    answer: Answered


class UrlForm(Params, frozen=True, kw_only=True):
    """The form of a base URL: as a regular expression, and as it is told to people."""

    pattern: str
    told: str
