"""What stands before the supplier: every value of every switch is in a fault or decoy."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from fixtures.supplier.hardening_switches import HardeningSwitches
from fixtures.supplier.scenario import HARDENING, files, load
from fixtures.supplier.switches import SwitchError, switches


def test_every_value_of_every_switch_is_in_a_fault_or_decoy() -> None:
    hints = get_type_hints(HardeningSwitches)
    named = {(one.name, value) for one in fields(HardeningSwitches) for value in get_args(hints[one.name])}
    healthy = {(one.name, one.default) for one in fields(HardeningSwitches)}
    made = [load(path).hardening for kind in ("fault", "decoy") for path in files(kind, HARDENING)]
    used = {(one.name, getattr(each, one.name)) for each in made for one in fields(HardeningSwitches)}
    assert named - healthy == used - healthy


@pytest.mark.parametrize("given", [{"trace": "200"}, {"tracing": "405"}, {"cors": True}])
def test_a_switch_that_is_none_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(SwitchError):
        switches(HardeningSwitches, given)
