"""Language tags of BCP 47: their form, and whether each subtag is registered.

Source: RFC 5646 sections 2.1 and 2.2.9 ("valid"): the tag is well formed, its language, script, region and
variants are in IANA's registry, no variant or singleton stands twice.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from checker.fhir.forms.quoted import quoted
from checker.fhir.terminology.data import subtags

SYSTEM: Final = "urn:ietf:bcp:47"

_LONGEST: Final = 200
_FORM = re.compile(
    r"(?P<language>[a-z]{2,3}(?P<extended>(?:-[a-z]{3}){0,3})|[a-z]{4,8})"
    r"(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
    r"(?P<extensions>(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*)"
    r"(?P<private>-x(?:-[a-z0-9]{1,8})+)?"
)
_PRIVATE = re.compile(r"x(?:-[a-z0-9]{1,8})+")
_THREE: Final = {word[:2]: frozenset(word[2:]) for word in subtags.LANGUAGES_3_PACKED.split()}
_REGIONS: Final = frozenset(region.lower() for region in subtags.REGIONS)
_SCRIPTS: Final = frozenset(script.lower() for script in subtags.SCRIPTS)


@lru_cache(maxsize=2048)
def fault(tag: str) -> str:
    """What is wrong with the language tag, empty if it is valid. Letter case is free.

    >>> fault("en-GB"), fault("english")
    ('', "'english' is no registered language")
    """
    if len(tag) > _LONGEST:
        return f"longer than {_LONGEST} characters"
    lower = tag.lower()
    if lower in subtags.GRANDFATHERED or _PRIVATE.fullmatch(lower):
        return ""
    parts = _FORM.fullmatch(lower) if tag.isascii() else None
    if parts is None:
        return "not of the form language-Script-REGION"
    return _language_fault(parts) or _region_fault(parts) or _variants_fault(parts) or _extensions_fault(parts)


def _language_fault(parts: re.Match[str]) -> str:
    language, *extended = parts["language"].split("-")
    if not _is_language(language):
        return f"{quoted(language)} is no registered language"
    for one in extended:
        if one not in subtags.EXTENDED:
            return f"{quoted(one)} is no registered extended language"
    return "" if len(extended) < 2 else "more than one extended language"


def _region_fault(parts: re.Match[str]) -> str:
    script, region = parts["script"], parts["region"]
    if script and script not in _SCRIPTS and not "qaaa" <= script <= "qabx":
        return f"{quoted(script.title())} is no registered script"
    if region and region not in _REGIONS and not ("qm" <= region <= "qz" or "xa" <= region <= "xz"):
        return f"{quoted(region.upper())} is no registered region"
    return ""


def _variants_fault(parts: re.Match[str]) -> str:
    variants = parts["variants"].split("-")[1:]
    for one in variants:
        if one not in subtags.VARIANTS:
            return f"{quoted(one)} is no registered variant"
    return "" if len(set(variants)) == len(variants) else "a variant stands twice"


def _extensions_fault(parts: re.Match[str]) -> str:
    singletons = [one for one in parts["extensions"].split("-") if len(one) == 1]
    return "" if len(set(singletons)) == len(singletons) else "an extension stands twice"


def _is_language(language: str) -> bool:
    if len(language) == 2:
        return language in subtags.LANGUAGES_2
    return len(language) == 3 and (language[2] in _THREE.get(language[:2], "") or "qaa" <= language <= "qtz")
