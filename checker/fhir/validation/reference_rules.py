"""The rules of references.

Source: http://hl7.org/fhir/R4/references.html and http://hl7.org/fhir/R4/bundle.html#references
"""

from __future__ import annotations

from checker.fhir.validation.rule import rule

_LITERAL = "http://hl7.org/fhir/R4/references.html#literal"
_CONTAINED = "http://hl7.org/fhir/R4/references.html#contained"
_IN_BUNDLE = "http://hl7.org/fhir/R4/bundle.html#references"

EMPTY = rule(
    "reference-empty",
    "warning",
    "structure",
    title="A Reference says neither where it leads nor what it means",
    why="Without a reference, an identifier or a display, nobody can tell which record is meant.",
    fix="Give a reference, an identifier with its system, or at least a display.",
    source="http://hl7.org/fhir/R4/references.html#Reference",
    good='"subject": {"display": "A patient known to the ward"}',
    bad='"subject": {"type": "Patient"}',
)
WHITE_SPACE = rule(
    "reference-white-space",
    "error",
    "invalid",
    title="The text of a reference has white space in it",
    why="A reference is a URL; with white space in it no software finds the target.",
    fix="Remove the white space, or encode it as %20 where it belongs to the URL.",
    source=_LITERAL,
    good='"reference": "Patient/12"',
    bad='"reference": "Patient/ 12"',
)
SYNTAX = rule(
    "reference-syntax",
    "warning",
    "structure",
    title="A relative reference is not of the form Type/id",
    why="A relative reference names a resource type and an id on the same server; another form leads nowhere.",
    fix="Write Type/id or Type/id/_history/version, an absolute URL, or #id for a contained resource.",
    source=_LITERAL,
    good='"reference": "Practitioner/p1"',
    bad='"reference": "XXX/_history/1"',
)
QUERY = rule(
    "reference-conditional-query",
    "error",
    "invalid",
    title="A conditional reference has no proper search behind its question mark",
    why="The server that resolves it has to run the search; it cannot run this one.",
    fix="Write Type?parameter=value, parameters joined with &.",
    source="http://hl7.org/fhir/R4/http.html#trules",
    good='"reference": "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"',
    bad='"reference": "Patient?9990000018"',
)
CONDITIONAL = rule(
    "reference-conditional-place",
    "error",
    "invalid",
    title="A conditional reference stands outside a transaction",
    why="Only a server that processes a transaction turns Type?query into a reference to a record; elsewhere it leads "
    "nowhere.",
    fix="Refer to the resource by Type/id, by its fullUrl, or by an identifier.",
    source="http://hl7.org/fhir/R4/http.html#trules",
    good='"reference": "Patient/12"',
    bad='"reference": "Patient?identifier=9990000018"',
)
NOT_CONTAINED = rule(
    "reference-contained-missing",
    "error",
    "structure",
    title="A reference to a contained resource leads to none",
    why="#id promises that the resource travels inside this one; the receiver can't get it from elsewhere (ref-1).",
    fix="Add the contained resource with that id, or refer to one that exists.",
    source=_CONTAINED,
    good='"contained": [{"resourceType": "Patient", "id": "p"}], "subject": {"reference": "#p"}',
    bad='"subject": {"reference": "#p"}',
)
URN_MISSING = rule(
    "reference-urn-missing",
    "warning",
    "not-found",
    title="A urn: reference leads to no entry of the FHIR Bundle",
    why="A urn:uuid or urn:oid is no address: only the entry with that fullUrl can be its target.",
    fix="Add the entry, or write the fullUrl of the entry that is meant.",
    source=_IN_BUNDLE,
)
FULL_URL_MISMATCH = rule(
    "reference-full-url-mismatch",
    "warning",
    "not-found",
    title="An entry has the type and id of a reference, but not the fullUrl that the reference means",
    why="References inside a FHIR Bundle go by fullUrl alone; the entry that looks right is not found.",
    fix="Refer to the entry by its fullUrl, or give both entries RESTful fullUrls with one base.",
    source=_IN_BUNDLE,
)
AMBIGUOUS = rule(
    "reference-ambiguous",
    "error",
    "multiple-matches",
    title="A reference has several possible targets",
    why="Which of them is meant is left to chance, and with it which patient's data is used.",
    fix="Give each resource an id and fullUrl of its own, or refer to one version with /_history/version.",
    source=_IN_BUNDLE,
)
LITERAL_TYPE = rule(
    "reference-literal-type",
    "error",
    "structure",
    title="The type in the text of a reference is not the type of the resource that it leads to",
    why="Software reads the type from the text before it fetches the target.",
    fix="Write the resource type of the target.",
    source=_LITERAL,
)
TYPE_MISMATCH = rule(
    "reference-type-mismatch",
    "error",
    "structure",
    title="Reference.type is not the type of the resource that is referred to",
    why="Receivers go by Reference.type when they cannot follow the reference; it sends them to the wrong place.",
    fix="Say the resource type of the target in Reference.type, or leave it out.",
    source="http://hl7.org/fhir/R4/references-definitions.html#Reference.type",
    good='{"reference": "Patient/12", "type": "Patient"}',
    bad='{"reference": "Patient/12", "type": "Practitioner"}',
)
TYPE_UNKNOWN = rule(
    "reference-type-unknown",
    "warning",
    "code-invalid",
    title="Reference.type is no resource type",
    why="Nobody can act on a type that FHIR does not have.",
    fix="Say a resource type of FHIR R4, such as Patient.",
    source="http://hl7.org/fhir/R4/references-definitions.html#Reference.type",
)
AGGREGATION = rule(
    "reference-aggregation",
    "error",
    "structure",
    title="The target of a reference is not where the element wants it",
    why="The element says whether the target travels inside the resource, in the same FHIR Bundle, or elsewhere; a "
    "receiver looks only there.",
    fix="Put the target where the element allows it.",
    source="http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type.aggregation",
)
VERSIONING = rule(
    "reference-versioning",
    "error",
    "structure",
    title="A reference is to a version (or not) against what the element says",
    why="The element decides whether later changes of the target count.",
    fix="Add /_history/version, or take it away, as the element asks.",
    source="http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type.versioning",
)
CANONICAL_TYPE = rule(
    "reference-canonical-type",
    "error",
    "structure",
    title="A canonical URL is of a definition of the wrong type",
    why="The element asks for one kind of definition and software will read it as that kind.",
    fix="Give the canonical URL of a definition of the allowed type.",
    source="http://hl7.org/fhir/R4/references.html#canonical",
)
