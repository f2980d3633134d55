"""What can be wrong with a FHIRPath expression: its text, or what it does with the data."""

from __future__ import annotations


class FHIRPathError(Exception):
    """An evaluation that has no result: wrong types, several items where one is demanded, an unknown function."""


class FHIRPathSyntaxError(FHIRPathError):
    """A text that is not FHIRPath. ``position`` is the offset of the first character that does not fit."""

    def __init__(self, message: str, position: int) -> None:
        self.position = position
        super().__init__(f"{message} (at character {position + 1})")
