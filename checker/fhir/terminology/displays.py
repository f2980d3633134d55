"""Does a display fit its code? As HL7's validator asks it: letter case and blanks are free, designations count.

Source: http://hl7.org/fhir/R4/datatypes-definitions.html#Coding.display, and
http://hl7.org/fhir/R4/codesystem.html#designations
"""

from __future__ import annotations

import msgspec


class Fit(msgspec.Struct, frozen=True):
    """``ok`` is None where no display is held; ``right`` lists those that fit, the first being the preferred one.

    ``other_language``: displays are held, none of them in the language that was asked for. ``near``: it would fit
    but for hyphens, brackets and the like.
    """

    ok: bool | None
    right: tuple[str, ...] = ()
    other_language: bool = False
    near: bool = False


def fit(display: str, held: list[tuple[str, str]], language: str | None) -> Fit:
    """Judge the display against (language, text) of what is held.

    With a language, displays in it (or without any language) are the right ones. A display that is right in
    another language of the code system is let pass: it names the concept.
    """
    if not held:
        return Fit(None)
    wanted = normal(display)
    everything = tuple(dict.fromkeys(text for _, text in held))
    suiting = [text for tongue, text in held if _suits(tongue, language)]
    right = tuple(dict.fromkeys(suiting)) or everything
    if any(normal(text) == wanted for text in everything):
        return Fit(True, right, other_language=not suiting)
    words = _words(display)
    near = bool(words) and any(_words(text) == words for text in everything)
    return Fit(False, right, other_language=not suiting, near=near)


def normal(text: str) -> str:
    """Without regard to letter case and to how many blanks stand where."""
    return " ".join(text.split()).casefold()


def _words(text: str) -> str:
    """Letters and digits alone."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _suits(tongue: str, language: str | None) -> bool:
    return not tongue or not language or _primary(tongue) == _primary(language)


def _primary(tag: str) -> str:
    """The language alone: ``de`` of ``de-CH``."""
    return tag.partition("-")[0].lower()
