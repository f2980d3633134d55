"""One check against one scripted supplier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checker.model.ask import HttpAsk
from checker.model.exchange import Failure
from checker.model.supplier import Supplier
from checker.model.verdict import Verdict
from tests.engine.scripted import SUPPLIER, Reply, Scripted, changed, registry, verdict_of

HTML = b"<html><body>Please log in</body></html>"
TRUNCATED = b'{"resourceType": "Patient", "id": "p1", "na'
DEEP = b'{"resourceType": "Patient", "id": "p1", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}"
BOM = b'\xef\xbb\xbf{"resourceType": "Patient", "id": "p1"}'
NOT_UTF8 = b'{"resourceType": "Patient", "id": "\xff"}'
SPOILT = {"html": HTML, "truncated": TRUNCATED, "deep": DEEP, "bom": BOM, "not-utf-8": NOT_UTF8, "empty": b""}


def said(check: str, outside: Scripted | None = None, *, supplier: Supplier = SUPPLIER, **params: object) -> Verdict:
    """The verdict of that check on Patients."""
    typed = "type" in registry().checks[check].params_type.__struct_fields__
    given = {"type": "Patient", **params} if typed else params
    return verdict_of(check, outside or Scripted(), supplier=supplier, **given)


def when(where: Callable[[HttpAsk], bool], **changes: object) -> Scripted:
    """The healthy supplier, with the fields of some answers changed."""

    def change(ask: HttpAsk, reply: Reply) -> Reply | Failure:
        return replace(reply, **changes) if where(ask) else reply  # type: ignore[arg-type]

    return Scripted(answer=changed(change))


def instead(where: Callable[[HttpAsk], bool], other: Reply | Failure) -> Scripted:
    """The healthy supplier, with another answer now and then."""
    return Scripted(answer=changed(lambda ask, reply: other if where(ask) else reply))


def read_of(id: str) -> Callable[[HttpAsk], bool]:
    return lambda ask: ask.request.url.endswith(f"/Patient/{id}")


def is_kind(*kinds: str) -> Callable[[HttpAsk], bool]:
    return lambda ask: ask.interaction in kinds
