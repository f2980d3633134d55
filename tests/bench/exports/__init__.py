"""A seeded generator of UK exports of any size, with known faults and the truth about them.

All people are invented. The same options give the same bytes: there is no clock, and all chance comes from the seed.
Nothing is held in memory but the household (one patient with what happened to them) that is being written.

* ``options``: what is asked for, and what of it cannot be;
* ``chance``, ``numbers``, ``people``, ``calendar``: what everything is drawn from;
* ``layout``: how many of what, and which patient has which events;
* ``staff``, ``patients``, ``events``: the JSON text of the resources, by templates;
* ``household``: one patient's resources as text, or as values that a fault can alter;
* ``kinds``: the kinds of faults, and the decoys, which look like faults and are none;
* ``plan``: which households carry which of them;
* ``files``, ``manifest``, ``truth``: what is written; ``write`` puts it together.
"""

from __future__ import annotations

from tests.bench.exports.options import Options, OptionsError
from tests.bench.exports.write import Written, write_export

__all__ = ["Options", "OptionsError", "Written", "write_export"]
