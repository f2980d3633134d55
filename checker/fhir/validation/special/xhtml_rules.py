"""What a narrative may be made of: elements, attributes, what may stand in what.

Facts of FHIR's subset of XHTML (http://hl7.org/fhir/R4/narrative.html#xhtml) and of the content model of
XHTML 1.0 that its schema (fhir-xhtml.xsd) states.
"""

from __future__ import annotations

import re
from html.entities import name2codepoint
from typing import Final

NAMESPACE: Final = "http://www.w3.org/1999/xhtml"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTS: Final = _words(
    "p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address "
    "bdo kbd sub sup ul ol li dl dt dd pre table caption colgroup col thead tr tfoot tbody th td code samp img map area"
)
COMMON_ATTRIBUTES: Final = _words(
    "title style class id lang xml:lang dir accesskey tabindex span width align valign char charoff abbr axis headers "
    "scope rowspan colspan"
)
OWN_ATTRIBUTES: Final = {
    "a": _words("href name charset type hreflang rel rev shape coords"),
    "img": _words("src border alt longdesc height width usemap ismap"),
    "blockquote": _words("cite"),
    "q": _words("cite"),
    "map": _words("name"),
    "area": _words("shape coords href nohref alt"),
    "table": _words("summary width border frame rules cellspacing cellpadding"),
    "pre": _words("space"),
    "td": _words("nowrap"),
}
ACTIVE: Final = _words(
    "script object embed applet iframe frame frameset form input button select textarea base link head body meta style"
)
"""Elements that HTML has and a narrative must never: they act, fetch or ask."""
VOID: Final = _words("br img hr area")
INLINE: Final = _words("a b em i strong small big sub sup code tt dfn q var abbr acronym cite bdo kbd samp")
"""These do not hold themselves at any depth."""
TEXT_HOLDERS: Final = INLINE | _words("p h1 h2 h3 h4 h5 h6 pre address span caption dd dt")
"""These hold no blocks at any depth."""
BLOCKS: Final = _words("div pre table ul ol")
NOT_IN_PARAGRAPH: Final = _words("div blockquote table ol ul p")
ONLY: Final = {
    "table": _words("tbody tr caption thead tfoot col colgroup"),
    "tr": _words("td th"),
    "tbody": _words("tr"),
    "thead": _words("tr"),
    "tfoot": _words("tr"),
    "ul": _words("li"),
    "ol": _words("li"),
    "dl": _words("dd dt"),
    "map": _words("area"),
}
"""What may stand in these; text may not."""
PARENTS: Final = {
    "tr": _words("table thead tfoot tbody"),
    "tbody": _words("table"),
    "thead": _words("table"),
    "tfoot": _words("table"),
    "caption": _words("table"),
    "colgroup": _words("table"),
    "col": _words("table colgroup"),
    "th": _words("tr thead tfoot"),
    "td": _words("tr thead tfoot"),
    "li": _words("ul ol"),
    "dd": _words("dl"),
    "dt": _words("dl"),
}
"""Where these may stand."""
ENTITIES: Final = frozenset(name2codepoint) | {"apos"}
"""Named entities of HTML 4. No DTD declares them in a narrative, so only :data:`XML_ENTITIES` may stand there."""
XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})

ENTITY: Final = re.compile(r"&(#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{0,31};)?")
NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BAD_IN_URL: Final = re.compile(r"[^\w;?:@&=+$.,/%\-~#\[\]!'()*|]")
_SCHEME: Final = re.compile(r"[\s\x00-\x1f]*(?:j\s*a\s*v\s*a|v\s*b)\s*s\s*c\s*r\s*i\s*p\s*t\s*:", re.IGNORECASE)


def attribute_is_known(element: str, attribute: str) -> bool:
    """Whether the element may have the attribute."""
    if attribute in COMMON_ATTRIBUTES or attribute.startswith("xmlns"):
        return True
    own = OWN_ATTRIBUTES.get(element)
    return own is not None and attribute in own


def runs_script(url: str) -> bool:
    """Whether the URL is a script in itself (``javascript:``)."""
    return _SCHEME.match(url) is not None


def url_fault(url: str) -> str:
    """What is wrong with a URL in ``href`` or ``src``, empty if nothing is."""
    if not url:
        return "it is empty"
    if url.startswith("data:"):
        kind, comma, data = url[5:].partition(",")
        if not comma or not data:
            return "it has no data"
        if "," in data:
            return "its data has a comma"
        if kind.endswith(";base64") and not re.fullmatch(r"[A-Za-z0-9+/\s]++={0,2}\s*+", data):
            return "its data is not base64"
        return ""
    wrong = sorted(set(_BAD_IN_URL.findall(url)))
    return f"it has the characters {' '.join(map(repr, wrong))}" if wrong else ""
