"""A still quicker look at narratives that have nothing but plain tags and text, as most generated ones.

It walks the tree of contexts of :mod:`checker.fhir.validation.special.narrative`; what has entities, links to itself,
ids or odd characters is left to the look there.
"""

from __future__ import annotations

from checker.fhir.validation.special import narrative

_START, _END = narrative._START, narrative._END
_ANCHORS = ('id="', 'name="')


def is_plain(text: str, quotes: int) -> bool:
    """Whether the narrative is surely clean. ``quotes``: how many quotation marks it has."""
    if "&" in text or "]" in text or "#" in text or narrative._size[0] >= narrative._MOST_CONTEXTS:
        return False
    if quotes > 2 and any(one in text for one in _ANCHORS):
        return False
    if not text.isprintable() and not text.replace("\n", "").isprintable():
        return False
    pieces = text.split("<")
    if pieces[0]:
        return False
    del pieces[0]
    context = _START
    content = False
    try:
        for piece in pieces:
            tag, end, rest = piece.partition(">")
            if not end:
                return False
            context = context[tag]
            if rest and (context.bare or not content) and not rest.isspace():
                if context.bare:
                    return False
                content = True
    except narrative._Doubt:
        return False
    return content and context is _END
