"""The one tree of faults. A verdict is never an exception; a fault is never a verdict.

Every message says what happened, where, and what to do next: three short parts that the
command line prints on three lines.
"""

from __future__ import annotations


class CheckerError(Exception):
    """A fault that stops the work. ``what`` happened, ``where``, and what to do ``next_step``.

    ``exit_code`` is the code that the command ends with (see ``checker explain exit-codes``).
    """

    exit_code = 4

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        self.what = what
        self.where = where
        self.next_step = next_step
        super().__init__(" | ".join(part for part in (what, where, next_step) if part))


class UsageFault(CheckerError):
    """A wrong option, argument, file or configuration: the user can mend it."""

    exit_code = 2


class ProfileFault(UsageFault):
    """A profile that is not valid YAML, does not fit its schema, or names what does not exist."""


class SupplierFault(UsageFault):
    """A ``supplier.toml`` or supplier option that cannot be used."""


class CredentialFault(SupplierFault):
    """A secret, key or certificate of an identity that cannot be read or used. Its words hold nothing of it."""

    before: tuple[str, ...] = ()
    """What was read before that, in sentences."""


class PackageFault(UsageFault):
    """A FHIR package, or a folder of definitions, that cannot be read at all or is of another FHIR version."""


class RecordingFault(UsageFault):
    """A recording that cannot be read here: missing, unknown format version, or contradictory."""


class OutputFault(UsageFault):
    """An output that cannot be written."""


class IntegrityFault(CheckerError):
    """Evidence that is not what was sealed: changed, missing or added."""

    exit_code = 5


class CheckerFault(CheckerError):
    """A fault of the checker itself, or of a plug-in: never blamed on the supplier."""

    exit_code = 4
