"""Questions to a terminology server, and what it answered, as evidence."""

from __future__ import annotations

from checker.model.value import Value


class CodeQuestion(Value, frozen=True, kw_only=True):
    """One question: is the code in the value set (None: in its code system), and does the display fit?

    ``code_only``: the system is not written and follows from the value set. ``version`` is that of the code
    system; ``language`` that of the display.
    """

    value_set: str | None = None
    system: str | None = None
    code: str
    display: str | None = None
    version: str | None = None
    code_only: bool = False
    language: str | None = None

    @property
    def sort_key(self) -> tuple[str, ...]:
        """For an order that does not depend on how questions came up."""
        parts = (self.value_set, self.system, self.code, self.display, self.version, self.language)
        return (*(part or "" for part in parts), str(self.code_only))


class CodeFacts(Value, frozen=True, kw_only=True):
    """What a server said to one question. None where it did not say, or could not.

    ``member``: in the value set. ``known``: in its code system. ``problem`` says why nothing is known.
    """

    question: CodeQuestion
    member: bool | None = None
    known: bool | None = None
    display_ok: bool | None = None
    display: str = ""
    """The display that the server gives for the code."""
    inactive: bool = False
    system: str = ""
    """The code system that it found the code in."""
    version: str = ""
    message: str = ""
    problem: str = ""


class TerminologyAnswer(Value, frozen=True, kw_only=True, tag="terminology-answer"):
    """Payload of ``terminology-answer``: what one server said to a set of questions, in their order.

    ``problem`` tells why answers are missing: the server was down, refused, or ran out of the budget. ``stopped``: it
    was given up before all was asked, and asking more is of no use.
    """

    server: str
    answers: tuple[CodeFacts, ...] = ()
    requests: int = 0
    problem: str = ""
    stopped: bool = False
