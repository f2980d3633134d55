"""The text of a literal reference: its kinds, and the RESTful form of a URL.

Source: http://hl7.org/fhir/R4/references.html#literal
"""

from __future__ import annotations

import re

import msgspec

from checker.fhir.instance import Types

_ID = r"[A-Za-z0-9\-.]{1,64}"
_RELATIVE = re.compile(rf"([A-Za-z]+)/({_ID})(?:/_history/({_ID}))?\Z")
_RESTFUL = re.compile(
    rf"(?P<base>(?:https?://(?:[A-Za-z0-9\-_.~:%$\\]*/)+)?)(?P<type>[A-Za-z]+)/(?P<id>{_ID})(?:/_history/(?P<version>{_ID}))?\Z"
)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S")
_QUERY = re.compile(r"[_a-zA-Z][_a-zA-Z0-9.:\-]*=[^=&]*(?:&[_a-zA-Z][_a-zA-Z0-9.:\-]*=[^=&]*)*\Z")


class RestfulUrl(msgspec.Struct, frozen=True):
    """``[base]Type/id/_history/version``: ``base`` ends with a slash, or is empty for a relative URL."""

    base: str
    type: str
    id: str
    version: str | None

    @property
    def unversioned(self) -> str:
        """The URL without its version."""
        return f"{self.base}{self.type}/{self.id}"


def is_absolute(text: str) -> bool:
    """Whether the text has a scheme: ``http:``, ``urn:``, ``mailto:``…"""
    return _ABSOLUTE.match(text) is not None


def is_resource_type(name: str, types: Types) -> bool:
    """Whether FHIR R4 has a resource type of that name that an instance can have."""
    structure = types.type(name) if name[:1].isupper() else None
    return structure is not None and structure.kind == "resource" and not structure.abstract


def is_canonical_type(name: str, types: Types) -> bool:
    """Whether resources of that type are definitions that go by a canonical URL (``ValueSet``, ``Questionnaire``)."""
    if name == "NamingSystem":  # in R4 the one definition without a url
        return True
    structure = types.type(name) if is_resource_type(name, types) else None
    return structure is not None and structure.root.members.keys() >= {"url", "version", "status", "date"}


def restful(text: str, types: Types) -> RestfulUrl | None:
    """The parts of a RESTful URL of a FHIR resource, absolute or relative; None when the text is something else."""
    found = _RESTFUL.match(text)
    if found is None or not is_resource_type(found["type"], types):
        return None
    return RestfulUrl(found["base"], found["type"], found["id"], found["version"])


def relative(text: str) -> RestfulUrl | None:
    """The parts of ``Name/id`` or ``Name/id/_history/version``, whether FHIR knows the name or not."""
    found = _RELATIVE.match(text)
    return None if found is None else RestfulUrl("", found[1], found[2], found[3])


def conditional_type(text: str, types: Types) -> str | None:
    """The resource type of a conditional reference ``Type?query``; None when the text is not one."""
    name, mark, _ = text.partition("?")
    return name if mark and is_resource_type(name, types) else None


def is_query(text: str) -> bool:
    """Whether what follows the ``?`` of a conditional reference has the form of search parameters."""
    return _QUERY.match(text.partition("?")[2]) is not None


def split_version(text: str) -> tuple[str, str | None]:
    """A URL and the version that it asks for: ``…/Patient/1/_history/2`` → ``…/Patient/1`` and ``2``."""
    base, found, version = text.partition("/_history/")
    return (base, version) if found else (text, None)
