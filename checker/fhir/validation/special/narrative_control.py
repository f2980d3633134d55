"""What a StructureDefinition asks of a narrative by extension: that each part states its source, or its language.

Source: http://hl7.org/fhir/StructureDefinition/narrative-source-control and
http://hl7.org/fhir/StructureDefinition/narrative-language-control
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.json_shape import dicts, extension_value, texts

_SOURCE: Final = "http://hl7.org/fhir/StructureDefinition/narrative-source-control"
_LANGUAGE: Final = "http://hl7.org/fhir/StructureDefinition/narrative-language-control"
_SOURCES: Final = frozenset({"boilerplate", "generated", "original"})

NO_SOURCE = rule(
    "narrative-source-missing",
    "error",
    "business-rule",
    title="A part of the narrative does not say where it comes from",
    why="The StructureDefinition asks for it, so that readers can tell what a person wrote from what was generated.",
    fix="Put each part in an element with the class boilerplate, generated or original.",
    source=_SOURCE,
    good='<p class="generated">…</p>',
    bad="<p>…</p>",
)
LANGUAGES = rule(
    "narrative-sections",
    "error",
    "business-rule",
    title="The narrative has not the sections of languages that the StructureDefinition asks for",
    why="Readers look for the section of their language.",
    fix="Give the narrative a div with lang and xml:lang for each language, or none where none is allowed.",
    source=_LANGUAGE,
)


def check(run: Run, div: Node, text: str) -> None:
    """Judge a div by the StructureDefinitions that its resource names or that were asked for."""
    resource = div.resource
    meta = resource.holder.get("meta")
    canonicals = texts(meta.get("profile")) if isinstance(meta, dict) else []
    if resource.parent is None:
        canonicals = [*run.options.structure_definitions, *canonicals]
    for canonical in dict.fromkeys(canonicals):
        source, languages = _asked(run, canonical, f"{resource.type}.text")
        if source:
            _sources(run, div, text, canonical)
        for language in languages:
            _languages(run, div, text, canonical, language)


def _asked(run: Run, canonical: str, path: str) -> tuple[bool, list[str]]:
    raw = run.library.raw(canonical, "StructureDefinition")
    differential = raw.get("differential") if raw is not None else None
    source, languages = False, []
    for element in dicts(differential.get("element")) if isinstance(differential, dict) else ():
        if element.get("path") in (path, f"{path}.div"):
            source = source or extension_value(element, _SOURCE) is not None
            language = extension_value(element, _LANGUAGE)
            if isinstance(language, str):
                languages.append(language)
    return source, languages


def _sources(run: Run, div: Node, text: str, canonical: str) -> None:
    for classes, words in _parts(text, "class"):
        if not _SOURCES & set(classes.split()):
            said = f"The part '{words[:60]}' does not say where it comes from, as '{canonical}' asks."
            run.report(NO_SOURCE, div, said, allowed=", ".join(sorted(_SOURCES)))


def _languages(run: Run, div: Node, text: str, canonical: str, asked: str) -> None:
    stated = {language for language, _ in _parts(text, "xml:lang") if language}
    if asked == "_no":
        if stated:
            run.report(
                LANGUAGES, div, f"'{canonical}' allows no sections of languages.", found=", ".join(sorted(stated))
            )
    elif asked in ("_yes", "_resource"):
        wanted = div.resource.text("language") if asked == "_resource" else None
        if not stated or (wanted is not None and wanted not in stated):
            run.report(LANGUAGES, div, f"'{canonical}' asks for sections of languages.", allowed=wanted)
    elif asked not in stated:
        run.report(LANGUAGES, div, f"'{canonical}' asks for a section in {asked}.", allowed=asked)


def _parts(text: str, attribute: str) -> list[tuple[str, str]]:
    """The elements and texts right below the outer div: the value of the attribute, and the words inside."""
    from checker.fhir.validation.special.xhtml_reading import without_names

    parts: list[tuple[str, list[str]]] = []
    depth = 0

    def start(_: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth == 2:
            parts.append((attributes.get(attribute, ""), []))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def words(some: str) -> None:
        if depth == 1 and not some.isspace():
            parts.append(("", [some.strip()]))
        elif depth > 1:
            parts[-1][1].append(some)

    def refuse(*_: object) -> None:
        raise ValueError("a DOCTYPE")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = words, refuse
    try:
        parser.Parse(without_names(text), True)
    except (expat.ExpatError, ValueError):
        return []
    return [(value, " ".join("".join(inside).split())) for value, inside in parts]
