"""Parameters that probes and checks share: what is asked of a FHIR endpoint.

They stand here because checks name needs and never import probes.
"""

from __future__ import annotations

from typing import Literal

from checker.model.value import Params

Alteration = Literal["signature-removed", "signature-altered", "payload-altered", "alg-none", "garbage"]
"""What can be done to an access token, each in one respect."""


class OfType(Params, frozen=True, kw_only=True):
    """A resource type; Patient when a profile names none."""

    type: str = "Patient"


class OneResource(Params, frozen=True, kw_only=True):
    """A resource type and a logical id."""

    type: str
    id: str


class Sample(Params, frozen=True, kw_only=True):
    """A resource type and how many resources of it are read at most."""

    type: str
    times: int = 3


class Paging(Params, frozen=True, kw_only=True):
    """A resource type, the page size that is asked for, and how many pages are followed at most."""

    type: str
    count: int = 2
    pages: int = 10


class AlteredToken(Params, frozen=True, kw_only=True):
    """A resource type, and what is done to the access token.

    ``alteration``: see ``probes/alterations.py``.
    """

    type: str = "Patient"
    alteration: Alteration = "payload-altered"


class Moment(Params, frozen=True, kw_only=True):
    """``start`` or ``end`` of a run."""

    when: str
