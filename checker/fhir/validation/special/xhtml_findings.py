"""The rules of narratives, and the form of what is found."""

from __future__ import annotations

from typing import Final

import msgspec

from checker.fhir.validation.rule import Rule, rule

_SOURCE: Final = "http://hl7.org/fhir/R4/narrative.html#xhtml"


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong with a narrative: the rule, what is found in words, and the piece in question."""

    rule: Rule
    message: str
    found: str | None = None


def made(rule_: Rule, message: str, found: str | None = None) -> Finding:
    """A finding; what was found is cut to a length that can be shown."""
    return Finding(rule_, message[:500], found[:200] if found is not None else None)


MALFORMED = rule(
    "narrative-malformed",
    "error",
    "structure",
    title="The narrative is not well-formed XHTML",
    why="No reader can show it: the people who rely on the text see nothing.",
    fix="Close each element in order, quote each attribute, write & as &amp; and < as &lt;.",
    source=_SOURCE,
)
NOT_TEXT = rule(
    "narrative-json-type",
    "error",
    "invalid",
    title="The narrative is no text in JSON",
    why="The XHTML stands in a JSON string: from a number or a boolean nothing can be shown.",
    fix="Write the div as a JSON string.",
    source="http://hl7.org/fhir/R4/json.html#xhtml",
    good='"div": "<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Anna</div>"',
    bad='"div": true',
)
ENTITY = rule(
    "narrative-entity",
    "error",
    "invalid",
    title="The narrative has a named entity of HTML",
    why="XML knows &amp; &lt; &gt; &quot; and &apos; only: in the XML form the whole resource could not be read.",
    fix="Write the character itself, or its number, such as &#160; for &nbsp;.",
    source="http://hl7.org/fhir/R4/narrative.html#id",
    good="Dose:&#160;5 mg",
    bad="Dose:&nbsp;5 mg",
)
NAMESPACE = rule(
    "narrative-namespace",
    "error",
    "invalid",
    title="The narrative has not the namespace of XHTML",
    why="Readers recognise the text by its namespace.",
    fix='Write <div xmlns="http://www.w3.org/1999/xhtml">, and no other namespace inside.',
    source=_SOURCE,
)
ROOT = rule(
    "narrative-root",
    "error",
    "invalid",
    title="The outer element of the narrative is not div",
    why="Readers expect one div.",
    fix="Put all content in one div.",
    source=_SOURCE,
)
ELEMENT = rule(
    "narrative-element",
    "error",
    "invalid",
    title="The narrative has an element that it may not have",
    why="A narrative holds basic formatting only, so that it can be shown anywhere and safely.",
    fix="Use only the elements of the HTML subset of FHIR.",
    source=_SOURCE,
)
ATTRIBUTE = rule(
    "narrative-attribute",
    "error",
    "invalid",
    title="The narrative has an attribute that it may not have",
    why="A narrative holds basic formatting only, so that it can be shown anywhere and safely.",
    fix="Leave the attribute out; formatting can stand in style.",
    source=_SOURCE,
)
SPACE = rule(
    "narrative-white-space",
    "information",
    "invalid",
    title="The narrative has the attribute xml:space",
    why="Readers do not act on it.",
    fix="Use <pre> where blanks matter.",
    source=_SOURCE,
)
SCRIPT = rule(
    "narrative-active",
    "error",
    "invalid",
    title="The narrative has active content",
    why="Scripts, forms and event handlers run with the rights of whoever reads the record.",
    fix="Leave it out.",
    source="http://hl7.org/fhir/R4/security.html#narrative",
    bad='<p onclick="…">',
)
PLACE = rule(
    "narrative-structure",
    "error",
    "structure",
    title="An element of the narrative stands where it may not",
    why="Readers repair such text in different ways, and may lose or move a part.",
    fix="Nest the elements as XHTML says: items in lists, cells in rows, no blocks in paragraphs.",
    source=_SOURCE,
)
INSTRUCTION = rule(
    "narrative-processing-instruction",
    "error",
    "structure",
    title="The narrative has a DOCTYPE, an XML declaration or a processing instruction",
    why="A narrative is a fragment; document types are a way to attack readers.",
    fix="Leave it out.",
    source=_SOURCE,
)
URL = rule(
    "narrative-url",
    "error",
    "invalid",
    title="A link or image of the narrative has a wrong URL",
    why="Readers cannot follow it.",
    fix="Write the URL with its characters escaped.",
    source=_SOURCE,
)
EMPTY = rule(
    "narrative-empty",
    "error",
    "invariant",
    title="The narrative has neither text nor an image (txt-2)",
    why="Readers show the narrative in place of the data: an empty one hides the data.",
    fix="Say what the resource says in words, or leave text out.",
    source="http://hl7.org/fhir/R4/narrative.html#Narrative",
)
DUPLICATE_ID = rule(
    "narrative-id-repeated",
    "warning",
    "business-rule",
    title="Several elements of the narrative have the same id",
    why="A link to the id leads to one of them only.",
    fix="Give each element an id of its own.",
    source=_SOURCE,
)
BROKEN_LINK = rule(
    "narrative-link-broken",
    "error",
    "invalid",
    title="A link inside the narrative leads nowhere",
    why="Readers follow it and see nothing.",
    fix="Give the target that id, or mend the link.",
    source=_SOURCE,
)
MIXED_LANGUAGES = rule(
    "narrative-languages-mixed",
    "warning",
    "business-rule",
    title="The narrative has sections of a language, and content outside of them",
    why="Readers that choose the section of their language lose what stands outside.",
    fix="Put all content in sections, each a div with lang and xml:lang.",
    source="http://hl7.org/fhir/R4/languages.html",
)
LANGUAGE = rule(
    "narrative-language",
    "warning",
    "business-rule",
    title="The narrative is in another language than its resource, or does not state it",
    why="Screen readers and translators go by the language that is stated.",
    fix="Give the outer div lang and xml:lang with the language of the resource.",
    source="http://hl7.org/fhir/R4/resource.html#Resource",
)
