"""A token that a person pastes: asked for without showing it, and put nowhere but into this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from checker.errors import UsageFault
from checker.probes.secrets import PASTED


def environment(options: dict[str, Any]) -> Mapping[str, str]:
    """The environment that secrets are read from, with the token of ``--ask-token``. Raises ``UsageFault``."""
    if not options.get("ask_token"):
        return os.environ
    if not sys.stdin.isatty():
        raise UsageFault(
            "There is no terminal at which a token could be pasted.",
            where="--ask-token",
            next_step="Put the token into a variable and give the name of that: --token-env SUPPLIER_TOKEN.",
        )
    return {**os.environ, PASTED: click.prompt("Bearer token (not shown)", hide_input=True, err=True)}
