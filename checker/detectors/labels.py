"""The words before a number that say what it is, or that it is something else."""

from __future__ import annotations

import re
from enum import Enum

_REACH = 48
"""So many characters before a number are looked at."""
_SAYS_NHS = re.compile(
    r"(?:\bNHS(?:[ _-]?(?:no|num|number|id|ident\w*))?|nhs[_-]?(?:no|num|number|id)|nhs-number\|?)\b[^0-9A-Za-z]{0,6}"
    r"(?:(?:is|was|no|number|value|of|quoted|as|given|the)\b[^0-9A-Za-z]{0,4}){0,3}$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:orders?|order[_-]?(?:no|id|number)|purchase|po|invoice|account|acct|sort|iban|vat|charity|company|"
    r"ref(?:erence|s)?|ticket|case|job|batch|lot|serial|sn|s/n|imei|gtin|ean|upc|barcode|pack|udi|asset|"
    r"sync(?:ed)?|epoch|unix|time-?stamp|ts|exp(?:ires)?|iat|nbf|version|build|revision|commit|"
    r"request|req|correlation|trace|span|session|transaction|txn|message|msg|event|sequence|seq|offset|"
    r"accession|sample|specimen|lab|slide|hospital|mrn|pas|district|unit|staff|employee|gmc|nmc|pin|"
    r"tel(?:ephone)?|phone|mobile|mob|fax|ext|bleep|pager|call|"
    r"isbn|issn|doi|pmid|ncbi|nct|isrctn|port|pid|thread|bytes|size|length|count|total|duration|"
    r"snomed|concept|sctid|dm\+?d|vpi|ampp?|vmpp?)"
    r"(?:[ _-]?(?:no|nr|num|number|id|code|key|stamp)s?)?\b\.?[^0-9A-Za-z\n]{0,6}"
    r"(?:(?:is|was|no|number|on|at|to|of|#)\b\.?[^0-9A-Za-z]{0,4}){0,2}$",
    re.IGNORECASE,
)
"""What a number is, where it is not that of a person: the word must stand right before it."""


class Label(Enum):
    """What the words before a number say."""

    NHS = "nhs"
    OTHER = "other"
    NONE = "none"


def label_before(text: str, start: int) -> Label:
    """What the words before that place say of the number that begins there.

    >>> label_before("NHS number: 9990000018", 12), label_before("order no. 9990000018", 10)
    (<Label.NHS: 'nhs'>, <Label.OTHER: 'other'>)
    >>> label_before("asked to quote 9990000018", 15)
    <Label.NONE: 'none'>
    """
    before = text[max(0, start - _REACH) : start]
    if _SAYS_NHS.search(before):
        return Label.NHS
    return Label.OTHER if _OTHER.search(before) else Label.NONE
