"""Ways to spoil a resource, or to leave it good in another form: all that the two tiers must agree on."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

Place = tuple[Any, Any]
"""A container and the key or index of a value in it."""

_STRINGS = (
    *("", " ", "x", " leading", "trailing ", "a  b", "line\nbreak", "<b>bold</b> <", "\u202e", "\x07", "é", "0"),
    *("2024-02-30", "2024-02-29", "2024", "2024-13", "1700-01-01", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00"),
    *("2024-01-01T25:00:00Z", "2024-01-01T10:00:00.123+01:00", "10:00:00", "99:00:00", "2024-W01-1", "20240101"),
    *("http://example.org/x", "urn:uuid:abc", "urn:oid:1.2.3", "urn:uuid:0b4e7b0a-9b1c-4d7f-8b1a-1f2e3d4c5b6a"),
    *("Patient/1", "Practitioner/2", "Nothing/1", "Patient/1/_history/2", "#x", "#", "http://h.example/Patient/1"),
    *("final", "male", "active", "unknown-code", "Patient?name=x", "en", "GB", "kg", "mg", "AAAA", "A==="),
    *("http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org", "http://hl7.org/fhir/ValueSet/x"),
    '<div xmlns="http://www.w3.org/1999/xhtml">ok</div>',
    '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>',
    '<div xmlns="http://www.w3.org/1999/xhtml"></div>',
)
_NUMBERS = (0, 1, -1, 2**31, 2**31 - 1, 10**20, 1.5, 1e400, 0.1, 1e-7)
_URLS = (
    "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
    "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier",
    "http://hl7.org/fhir/StructureDefinition/nothing",
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory",
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
    "relative",
)
_KEYS = (
    *("id", "extension", "_id", "value", "valueString", "valueQuantity", "text", "status", "fhir_comments", "unknown"),
)


class Mutator:
    """Spoils resources; the same seed spoils them the same way. ``pool``: resources that values are taken from."""

    def __init__(self, seed: int, pool: list[dict[str, Any]]) -> None:
        self.random = random.Random(seed)
        self.pool = pool
        self.ways: tuple[Callable[[dict[str, Any]], None], ...] = (
            *(self.delete, self.delete, self.rename, self.scalar, self.scalar, self.string, self.string),
            *(self.empty, self.null, self.wrap, self.unwrap, self.swap, self.swap, self.repeat, self.add_extension),
            *(self.url, self.choice, self.deepen, self.companion, self.contain, self.profile, self.add_key),
            *(self.reorder, self.code),
        )

    def mutated(self, resource: dict[str, Any]) -> bytes:
        """A copy of the resource, spoilt once to three times, as JSON text."""
        made = copy.deepcopy(resource)
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            self.random.choice(self.ways)(made)
        text = self.dumped(made)
        return self.spoilt_text(text) if self.random.random() < 0.06 else text

    def dumped(self, made: Any) -> bytes:
        """JSON, mostly compact."""
        style = self.random.random()
        if style < 0.8:
            return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        if style < 0.9:
            return json.dumps(made, indent=2).encode()
        return json.dumps(made, separators=(", ", " : ")).encode()

    def spoilt_text(self, text: bytes) -> bytes:
        """What only the text shows: repeated keys, surrogates, numbers beyond measure, cut texts."""
        r = self.random
        at = text.find(b'":', r.randrange(len(text)))
        kind = r.randrange(6)
        if kind == 0 and at > 0:  # a property twice, equal or not
            start = text.rfind(b'"', 0, at)
            name = text[start : at + 1]
            return text[:start] + name + r.choice((b':"a",', b":1,", b":{},", b" :[1],")) + text[start:]
        if kind == 1:
            return text[: r.randrange(len(text))]
        if kind == 2:
            more = (b".0", b"e5", b"e99999", b".00000000000000000000", b"0" * 30)
            return text.replace(b":1", b":1" + r.choice(more), 1)
        if kind == 3 and at > 0:
            return text[: at + 2] + b'"\\ud83d"' + text[at + 2 :]
        if kind == 4:
            return r.choice((b"\n\n ", b"\xef\xbb\xbf", b"\r\n")) + text
        return text + r.choice((b"", b"\n", b"x"))

    # ---- places

    def places(self, made: Any, wanted: Callable[[Any], bool] = lambda value: True) -> list[Place]:
        """All values of a kind, with what holds them."""
        found: list[Place] = []
        waiting: list[Any] = [made]
        while waiting:
            at = waiting.pop()
            items = at.items() if isinstance(at, dict) else enumerate(at)
            for key, value in items:
                if wanted(value):
                    found.append((at, key))
                if isinstance(value, dict | list):
                    waiting.append(value)
        return found

    def place(self, made: Any, wanted: Callable[[Any], bool] = lambda value: True) -> Place | None:
        found = self.places(made, wanted)
        return self.random.choice(found) if found else None

    def object(self, made: Any) -> dict[str, Any]:
        found = self.place(made, lambda value: isinstance(value, dict))
        return found[0][found[1]] if found is not None and self.random.random() < 0.8 else made  # type: ignore[no-any-return]

    # ---- ways

    def delete(self, made: Any) -> None:
        found = self.place(made)
        if found is not None:
            del found[0][found[1]]

    def rename(self, made: Any) -> None:
        at = self.object(made)
        if at:
            key = self.random.choice(list(at))
            other = self.random.choice((key + "x", key.capitalize(), "_" + key, self.random.choice(_KEYS)))
            at[other] = at.pop(key)

    def scalar(self, made: Any) -> None:
        found = self.place(made, lambda value: not isinstance(value, dict | list))
        if found is not None:
            values: tuple[Any, ...] = (*_NUMBERS, True, False, None, {}, [], *_STRINGS[:12])
            found[0][found[1]] = self.random.choice(values)

    def string(self, made: Any) -> None:
        found = self.place(made, lambda value: isinstance(value, str))
        if found is not None:
            found[0][found[1]] = self.random.choice(_STRINGS)

    def empty(self, made: Any) -> None:
        found = self.place(made)
        if found is not None:
            found[0][found[1]] = self.random.choice(("", [], {}, [[]], [{}], {"id": "a"}))

    def null(self, made: Any) -> None:
        found = self.place(made)
        if found is not None:
            found[0][found[1]] = None

    def wrap(self, made: Any) -> None:
        found = self.place(made)
        if found is not None:
            found[0][found[1]] = [found[0][found[1]]]

    def unwrap(self, made: Any) -> None:
        found = self.place(made, lambda value: isinstance(value, list) and bool(value))
        if found is not None:
            found[0][found[1]] = found[0][found[1]][0]

    def swap(self, made: Any) -> None:
        """A value in place of another, from this or another resource; mostly of the same JSON type."""
        source = self.random.choice(self.pool) if self.random.random() < 0.7 else made
        one = self.place(made)
        if one is None:
            return
        kind = type(one[0][one[1]])
        other = self.place(source, lambda value: type(value) is kind)
        if other is not None:
            one[0][one[1]] = copy.deepcopy(other[0][other[1]])

    def repeat(self, made: Any) -> None:
        found = self.place(made, lambda value: isinstance(value, list) and bool(value))
        if found is not None:
            held = found[0][found[1]]
            held.append(copy.deepcopy(self.random.choice(held)))

    def add_extension(self, made: Any) -> None:
        at = self.object(made)
        value = self.random.choice(
            (
                {"valueCode": "unknown"},
                {"valueString": "a"},
                {"valueCodeableConcept": {"text": "a"}},
                {"valueAddress": {"city": "Leeds"}},
                {},
                {"extension": [{"url": "a", "valueCode": "b"}]},
            )
        )
        key = self.random.choice(("extension", "extension", "extension", "modifierExtension"))
        held = at.setdefault(key, [])
        if isinstance(held, list):
            held.append({"url": self.random.choice(_URLS), **copy.deepcopy(value)})

    def url(self, made: Any) -> None:
        found = [place for place in self.places(made) if place[1] == "url"]
        if found:
            at, key = self.random.choice(found)
            at[key] = self.random.choice(_URLS)

    def choice(self, made: Any) -> None:
        """A choice of another type, or two at once."""
        at = self.object(made)
        found = [key for key in at if any(key.startswith(name) for name in ("value", "effective", "onset", "deceased"))]
        if found:
            key = self.random.choice(found)
            name = next(n for n in ("value", "effective", "onset", "deceased") if key.startswith(n))
            other = name + self.random.choice(("String", "Quantity", "DateTime", "Period", "Boolean", "Age", "Foo"))
            value = at[key] if self.random.random() < 0.5 else at.pop(key)
            at[other] = copy.deepcopy(value)

    def deepen(self, made: Any) -> None:
        at = self.object(made)
        depth = self.random.choice((2, 5, 15, 60, 120))
        inner: dict[str, Any] = {"url": "a", "valueString": "x"}
        for _ in range(depth):
            inner = {"url": "a", "extension": [inner]}
        at["extension"] = [inner]

    def companion(self, made: Any) -> None:
        """Extensions beside a primitive."""
        at = self.object(made)
        found = [key for key, value in at.items() if isinstance(value, str) and not key.startswith("_")]
        if found:
            key = self.random.choice(found)
            absent = [{"url": _URLS[0], "valueCode": "unknown"}]
            at["_" + key] = self.random.choice(({"extension": absent}, {"id": "a"}, {}, None, [{"extension": absent}]))
            if self.random.random() < 0.3:
                at.pop(key)

    def contain(self, made: Any) -> None:
        inner = copy.deepcopy(self.random.choice(self.pool))
        inner["id"] = "inner"
        inner.pop("contained", None)
        if self.random.random() < 0.7:
            inner.pop("meta", None)
            inner.pop("text", None)
        made.setdefault("contained", [])
        if isinstance(made["contained"], list):
            made["contained"].append(inner)
        found = self.place(made, lambda value: isinstance(value, dict) and isinstance(value.get("reference"), str))
        if found is not None and self.random.random() < 0.8:
            found[0][found[1]]["reference"] = "#inner"

    def profile(self, made: Any) -> None:
        kind = made.get("resourceType")
        named = self.random.choice(
            (
                f"https://fhir.hl7.org.uk/StructureDefinition/UKCore-{kind}",
                f"http://hl7.org/fhir/StructureDefinition/{kind}",
                "http://hl7.org/fhir/StructureDefinition/vitalsigns",
                "http://example.org/unknown",
                5,
            )
        )
        meta = made.setdefault("meta", {})
        if isinstance(meta, dict):
            meta["profile"] = [named]

    def add_key(self, made: Any) -> None:
        self.object(made)[self.random.choice(_KEYS)] = self.random.choice((1, "a", [], {"a": 1}, ["a"], None))

    def reorder(self, made: Any) -> None:
        at = self.object(made)
        items = list(at.items())
        self.random.shuffle(items)
        at.clear()
        at.update(items)

    def code(self, made: Any) -> None:
        """Another code, system or display."""
        found = self.place(made, lambda value: isinstance(value, dict) and "code" in value)
        if found is not None:
            at = found[0][found[1]]
            key = self.random.choice(("code", "system", "display", "version"))
            at[key] = self.random.choice(("final", "8480-6", "http://loinc.org", "http://example.org", "x y", "kg"))
