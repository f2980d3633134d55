"""The rules of extensions.

Source: http://hl7.org/fhir/R4/extensibility.html and http://hl7.org/fhir/R4/defining-extensions.html
"""

from __future__ import annotations

from checker.fhir.validation.rule import rule

_SOURCE = "http://hl7.org/fhir/R4/extensibility.html"
_DEFINING = "http://hl7.org/fhir/R4/defining-extensions.html"

URL_MISSING = rule(
    "extension-url-missing",
    "error",
    "required",
    title="An extension has no url",
    why="The url is the only thing that says what the extension means.",
    fix="Give the url of the definition of the extension.",
    source=_SOURCE,
    good='"extension": [{"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus"',
    bad='"extension": [{"valueString": "formal"}]',
)
URL_RELATIVE = rule(
    "extension-url-relative",
    "error",
    "invalid",
    title="The url of an extension is not absolute",
    why="Only the parts of a complex extension have short urls; elsewhere nobody can find the definition.",
    fix="Write the whole canonical URL of the definition.",
    source="http://hl7.org/fhir/R4/extensibility.html#Extension.url",
)
URL_VERSION = rule(
    "extension-url-version",
    "error",
    "invalid",
    title="The url of an extension carries a version",
    why="Software compares the url as it stands; with a version behind it the extension is not recognised.",
    fix="Remove the | and what follows it.",
    source="http://hl7.org/fhir/R4/extensibility.html#Extension.url",
)
PART_UNKNOWN = rule(
    "extension-part-unknown",
    "error",
    "invalid",
    title="A complex extension has a part that its definition does not know",
    why="The parts are defined by the extension that holds them; another one means nothing.",
    fix="Use the parts that the definition lists.",
    source=_DEFINING,
)
UNKNOWN = rule(
    "extension-unknown",
    "warning",
    "structure",
    title="Nobody defines an extension",
    why="Without the definition no receiver knows what the value means, and nothing of it can be checked.",
    fix="Check the url for typing mistakes, or give the package that defines the extension with --package.",
    source="http://hl7.org/fhir/R4/extensibility.html#exchange",
)
MODIFIER_UNKNOWN = rule(
    "extension-modifier-unknown",
    "error",
    "structure",
    title="Nobody defines a modifier extension",
    why="A modifier extension can turn the meaning of a record into its opposite; whoever does not understand it must "
    "not use the record.",
    fix="Use a defined modifier extension, or give the package that defines it with --package.",
    source="http://hl7.org/fhir/R4/extensibility.html#modifierExtension",
)
OTHER_VERSION = rule(
    "extension-other-version",
    "error",
    "invalid",
    title="The url of an extension for an element of another FHIR version names no FHIR version",
    why="Such a url is made of a version of FHIR and an element of it; this version never was.",
    fix="Name the version as major.minor, such as 5.0.",
    source="http://hl7.org/fhir/R4/versions.html#extensions",
)
NOT_EXTENSION = rule(
    "extension-definition-type",
    "error",
    "invalid",
    title="The url of an extension is that of something else",
    why="A resource or a type can't be used as an extension.",
    fix="Use the url of a StructureDefinition of type Extension.",
    source=_DEFINING,
)
MODIFIER_PLACE = rule(
    "extension-modifier-place",
    "error",
    "structure",
    title="An extension stands in extension and should be in modifierExtension, or the reverse",
    why="Receivers may skip what stands in extension, and must understand what stands in modifierExtension: in the "
    "wrong place a change of meaning is overlooked, or a harmless note stops processing.",
    fix="Move it to the list that its definition says.",
    source="http://hl7.org/fhir/R4/extensibility.html#modifierExtension",
)
CONTEXT = rule(
    "extension-context",
    "error",
    "structure",
    title="An extension stands where its definition does not allow it",
    why="Software looks for it in the places that the definition names; elsewhere it is lost.",
    fix="Move it to an element that the definition allows, or use the extension that is meant for this one.",
    source="http://hl7.org/fhir/R4/defining-extensions.html#context",
)
CONTEXT_INVARIANT = rule(
    "extension-context-invariant",
    "error",
    "structure",
    title="An extension stands where a condition of its definition forbids it",
    why="The definition says when the extension makes sense; here it does not.",
    fix="Remove the extension, or mend the content that the condition speaks of.",
    source="http://hl7.org/fhir/R4/defining-extensions.html#context",
)
VALUE_MISSING = rule(
    "extension-value-missing",
    "error",
    "structure",
    title="An extension that takes a value has parts in its place",
    why="The definition says that the extension is a single value.",
    fix="Give the value; leave the parts out.",
    source=_DEFINING,
)
VALUE_AND_PARTS = rule(
    "extension-value-and-parts",
    "error",
    "invariant",
    title="An extension has both a value and parts, or neither (ext-1)",
    why="An extension is either a value or a group; receivers read one and lose the other.",
    fix="Keep the value or the parts, as the definition says.",
    source="http://hl7.org/fhir/R4/extensibility.html#Extension",
    good='{"url": "…", "valueCode": "a"}',
    bad='{"url": "…"}',
)
STATUS = rule(
    "extension-definition-status",
    "information",
    "business-rule",
    title="The definition of an extension is a draft, retired or deprecated",
    why="It may change, or another one has taken its place.",
    fix="Check that it is the one to use.",
    source="http://hl7.org/fhir/R4/versions.html#std-process",
)
