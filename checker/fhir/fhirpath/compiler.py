"""From an expression to Python: invariants as fast functions over raw JSON.

:func:`compile_boolean` types the expression by the definitions, so that it knows which element is a list and which
JSON keys a choice has, and makes Python source from our own templates. Names of a package go in as literals only
(``repr``); no text of a package ever becomes code. What cannot be done exactly as the interpreter does it is not
lowered: the result is None.

The function made says True when the invariant surely holds; anything else means: ask the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.definitions.ir import Element
from checker.fhir.fhirpath import compiled_runtime as runtime
from checker.fhir.fhirpath.compiled_code import NotLowerable
from checker.fhir.fhirpath.conversion import PRIMITIVES
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.lowering import Lowering
from checker.fhir.fhirpath.parser import parse
from checker.fhir.instance import Types

Compiled = Callable[..., bool | None]
"""``function(raw, root=None, resource=None)``: the JSON of the element or resource, of the ``%rootResource``, and of
the ``%resource`` (needed for elements only). True: holds. False or None: ask the interpreter."""

_MAX_SOURCE = 20_000


def compile_boolean(expression: str, element: Element, types: Types) -> Compiled | None:
    """Compile an invariant of an element (or of the root element of a type); None when it is not lowerable.

    ``element`` is that of the *base* definition, as for :class:`Node`: where a StructureDefinition narrows a choice,
    its own element does not know all the keys that an instance may have. Elements of several types are not lowered.
    """
    if len(element.types) > 1 or (element.types and element.types[0].code in PRIMITIVES and not element.children):
        return None
    lowering = Lowering(element, types)
    try:
        decision = lowering.decision(parse(expression).root, lowering.focus)
    except (NotLowerable, FHIRPathError, RecursionError):
        return None
    if len(decision.true) > _MAX_SOURCE:
        return None
    lines = [
        "def compiled(t, root=None, resource=None):",
        "    if type(t) is not dict:",
        "        return None",
        "    try:",
        f"        return {decision.true}",
        "    except FAULTS:",
        "        return None",
    ]
    namespace: dict[str, Any] = {**_RUNTIME, **lowering.constants}
    try:
        exec(compile("\n".join(lines), "<compiled invariant>", "exec"), namespace)  # noqa: S102 - our own templates
    except (SyntaxError, RecursionError, MemoryError):
        return None
    made: Compiled = namespace["compiled"]
    return made


_RUNTIME = {name: getattr(runtime, name) for name in vars(runtime) if not name.startswith("_")}
