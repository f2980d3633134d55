"""jsonschema, without the two seconds that its optional check of IRIs takes to be imported.

Where rfc3987_syntax is installed (the extra ``sbom`` brings it), jsonschema builds a grammar of it at import, for a
format that no schema of ours has to have checked: ``format`` is an annotation (JSON Schema 2020-12, Validation 7.2.1).
Import this where a schema is needed, and not before: it is slow enough as it is.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker, ValidationError, validators  # noqa: E402

__all__ = ["Draft4Validator", "Draft202012Validator", "FormatChecker", "ValidationError", "validators"]
