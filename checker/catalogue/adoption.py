"""A buyer adopts requirements of our policy: from then on they rest on the buyer's notice, and count."""

from __future__ import annotations

from checker.catalogue.document import Document, advice, step
from checker.catalogue.rows import Row, layer
from checker.errors import ProfileFault
from checker.model.requirement import Change
from checker.model.terms import Basis

ALL = "all"


def adopted(document: Document, rows: dict[str, Row]) -> list[Change]:
    """Change ``rows`` in place as ``adopt`` of the document says; returns what was changed, in order.

    A row of basis P becomes one of basis C whose clause names the notice; its section and page stay. Raises
    ``ProfileFault`` for a row that is not there, or rests on something else already: no notice is needed for the law.
    """
    wanted = document.data.get("adopt")
    if wanted is None:
        return []
    notice: str = wanted["notice"]
    of_policy = [name for name, row in rows.items() if row.data["basis"] == Basis.POLICY]
    names: list[str] = of_policy if wanted["requirements"] == ALL else wanted["requirements"]
    at = layer(document, "/adopt/notice")
    changes = []
    for index, name in enumerate(names):
        where = document.where(step("/adopt/requirements", index) if wanted["requirements"] != ALL else "/adopt")
        if name not in rows:
            what = f"a notice adopts {name}, which is not in this profile"
            raise ProfileFault(what, where=where, next_step=advice(name, rows, "requirement"))
        if name not in of_policy:
            raise ProfileFault(
                f"a notice adopts {name}, which rests on {rows[name].data['basis']} and not on our policy",
                where=where,
                next_step="Leave it out: it holds without being adopted.",
            )
        row = rows[name]
        clause = {**row.data["clause"], "standard": f"Notice {notice}"}
        rows[name] = row.changed({"basis": str(Basis.CONTRACT), "clause": clause}, {"basis": at, "clause": at})
        detail = f"basis {Basis.POLICY} to {Basis.CONTRACT}"
        changes.append(Change(requirement=name, verb="adopt", reason=f"notice {notice}", detail=detail))
    return changes
