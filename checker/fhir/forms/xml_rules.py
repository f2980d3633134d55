"""The rules of :mod:`checker.fhir.forms.xml_form`.

Source: http://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

from checker.fhir.validation.issue import Severity
from checker.fhir.validation.rule import Rule, rule

_XML = "http://hl7.org/fhir/R4/xml.html"


def _xml(
    name: str, severity: Severity, title: str, why: str, fix: str, *, code: str = "structure", good: str = "", bad: str
) -> Rule:
    return rule(f"xml-{name}", severity, code, title=title, why=why, fix=fix, source=_XML, good=good, bad=bad)


SYNTAX = _xml(
    "syntax",
    "fatal",
    "The text is not XML",
    "A file that is not well-formed XML cannot be read by anyone.",
    "Mend the text at the line and column that are given. Let an XML library write it.",
    good='<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>',
    bad='<Patient xmlns="http://hl7.org/fhir"><active value="true"></Patient>',
)
DOCTYPE = _xml(
    "doctype",
    "fatal",
    "A document type declaration",
    "It can pull in files of the receiver or blow up to gigabytes: FHIR receivers refuse it.",
    "Take the DOCTYPE out; write characters themselves, or as &#xA0;.",
    code="security",
    bad='<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
)
DEPTH = _xml(
    "depth",
    "fatal",
    "The text nests too deep",
    "No FHIR resource needs such nesting; it is a mistake, or an attempt to exhaust the receiver.",
    "Find the element that holds itself, and end the repetition.",
    code="too-long",
    bad="<item><item><item>…",
)
SIZE = _xml(
    "size",
    "fatal",
    "The text is too large",
    "It is larger than the checker was told to read, so nothing is known about it.",
    "Split it, or raise the limit.",
    code="too-long",
    bad="a file of several gigabytes",
)
ROOT = _xml(
    "root-namespace",
    "fatal",
    "The root is no FHIR element",
    "Receivers know a resource by the namespace of its root.",
    'Put xmlns="http://hl7.org/fhir" on the root element.',
    good='<Patient xmlns="http://hl7.org/fhir">',
    bad="<Patient>",
)
ENCODING = _xml(
    "encoding",
    "error",
    "The text is not UTF-8",
    "FHIR is exchanged in UTF-8; in another encoding names arrive garbled at some receivers.",
    "Write the file in UTF-8, and say so in the declaration or leave it out.",
    good='<?xml version="1.0" encoding="UTF-8"?>',
    bad='<?xml version="1.0" encoding="ISO-8859-1"?>',
)
NAMESPACE = _xml(
    "namespace",
    "error",
    "An element in the wrong namespace",
    "A receiver does not know it and drops its content.",
    "All elements are in http://hl7.org/fhir, the narrative's in http://www.w3.org/1999/xhtml.",
    good='<div xmlns="http://www.w3.org/1999/xhtml">',
    bad='<active xmlns="urn:other" value="true"/>',
)
UNKNOWN = _xml(
    "unknown-element",
    "error",
    "An element that the type does not have",
    "Receivers drop what they do not know, or refuse the resource.",
    "Mend the name, or carry the content in an extension that is defined.",
    good='<birthDate value="1970-09-11"/>',
    bad='<birthdate value="1970-09-11"/>',
)
ATTRIBUTE = _xml(
    "unknown-attribute",
    "error",
    "An attribute that the element does not have",
    "FHIR knows value (of primitives), id and the url of extensions; anything else is lost, and so is the schema "
    "instance namespace, which resources may not carry.",
    "Take the attribute out.",
    good='<status value="final"/>',
    bad='<status value="final" note="checked"/>',
)
TEXT = _xml(
    "text",
    "error",
    "Text between elements",
    "Values stand in attributes: a receiver does not see text.",
    "Write the value in the value attribute.",
    good='<family value="Smith"/>',
    bad="<family>Smith</family>",
)
CDATA = _xml(
    "cdata",
    "error",
    "A CDATA section",
    "Outside the narrative there is no text that it could hold.",
    "Take it out.",
    bad="<![CDATA[text]]>",
)
INSTRUCTION = _xml(
    "processing-instruction",
    "error",
    "A processing instruction",
    "Resources carry none: receivers refuse or act on it.",
    "Take it out.",
    bad='<?xml-stylesheet href="view.xsl"?>',
)
EMPTY = _xml(
    "empty-element",
    "error",
    "An element without content",
    "It claims that there is a value and has none.",
    "Leave it out, or give it a value or an extension.",
    good='<active value="true"/>',
    bad="<active/>",
)
ORDER = _xml(
    "order",
    "error",
    "An element out of order",
    "XML resources follow the order of the definition; receivers that check the schema refuse anything else.",
    "Move the element to its place in the definition.",
    good='<active value="true"/><gender value="male"/>',
    bad='<gender value="male"/><active value="true"/>',
)
REPEATED = _xml(
    "repeated-element",
    "error",
    "An element stands more often than it may",
    "Receivers disagree which of them counts.",
    "Keep one.",
    good='<gender value="male"/>',
    bad='<gender value="male"/><gender value="female"/>',
)
RESOURCES = _xml(
    "one-resource",
    "error",
    "More than one resource in one place",
    "A receiver reads the first only.",
    "Repeat the element around the resource.",
    good="<contained><Patient/></contained><contained><Group/></contained>",
    bad="<contained><Patient/><Group/></contained>",
)
