"""Header values with placeholders: ``{ods-code}``, ``{env:NAME}``. Pure; what they stand for is filled in elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

REQUEST_ID, CORRELATION_ID = "request-id", "correlation-id"
ENV, JSON = "env:", "json:"
OF_A_RUN = (REQUEST_ID, CORRELATION_ID, f"{ENV}NAME", f"{JSON}FILE")
"""The placeholders that a run fills in; the others are filled in when the supplier file is read."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """The names in braces, in order.

    >>> placeholders("{ods-code} by {env:NAME}")
    ('ods-code', 'env:NAME')
    """
    return tuple(_PLACEHOLDER.findall(template))


def filled(template: str, value_of: Callable[[str], str]) -> str:
    """The template with each placeholder replaced by what ``value_of`` says of its name.

    >>> filled("a {b} c", str.upper)
    'a B c'
    """
    return _PLACEHOLDER.sub(lambda found: value_of(found[1]), template)


def has_stray_brace(template: str) -> bool:
    """Is there a brace that belongs to no placeholder?

    >>> has_stray_brace("{a} {b")
    True
    """
    rest = _PLACEHOLDER.sub("", template)
    return "{" in rest or "}" in rest


def is_of_a_run(name: str) -> bool:
    """Is it a placeholder that a run fills in?"""
    return name in (REQUEST_ID, CORRELATION_ID) or name.startswith((ENV, JSON))


def is_secret(template: str) -> bool:
    """Does it hold a secret: the value of an environment variable?"""
    return any(name.startswith(ENV) for name in placeholders(template))
