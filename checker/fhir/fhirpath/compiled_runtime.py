"""What the code that the compiler makes calls: access to raw JSON, and comparisons.

Whatever is not exactly as the definitions say raises :class:`Ask`, and the interpreter is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from checker.fhir.fhirpath.temporal import compare, parse_date_time


class Ask(Exception):
    """The interpreter must decide."""


_OFFSETS = frozenset(["Z", *(f"{sign}{at // 4:02d}:{at % 4 * 15:02d}" for sign in "+-" for at in range(4 * 14))])
"""What may follow the seconds of a time that is compared as text with another of the same offset."""

FAULTS = (Ask, AttributeError, TypeError, ValueError, KeyError, RecursionError)
"""What compiled code may raise on data that is not as defined."""

Items = Sequence[Any]


def given(resource: Any) -> Any:
    """A resource that the caller may have given."""
    if type(resource) is dict:
        return resource
    raise Ask


# ---- one object


def one(holder: Any, name: str) -> Any:
    """A single complex child, or None."""
    if holder is None:
        return None
    value = holder.get(name)
    if value is None or type(value) is dict:
        return value
    raise Ask


def text(holder: Any, name: str, companion: str) -> Any:
    """A single string child, or None."""
    if holder is None:
        return None
    value = holder.get(name)
    if type(value) is str:
        return value
    if value is None and companion not in holder:
        return None
    raise Ask


def boolean(holder: Any, name: str, companion: str) -> Any:
    """A single boolean child, or None."""
    if holder is None:
        return None
    value = holder.get(name)
    if type(value) is bool:
        return value
    if value is None and companion not in holder:
        return None
    raise Ask


def integer(holder: Any, name: str, companion: str) -> Any:
    """A single integer child, or None."""
    if holder is None:
        return None
    value = holder.get(name)
    if type(value) is int:
        return value
    if value is None and companion not in holder:
        return None
    raise Ask


def number(holder: Any, name: str, companion: str) -> Any:
    """A single decimal child, or None."""
    if holder is None:
        return None
    value = holder.get(name)
    if value is None and companion not in holder:
        return None
    if type(value) in (int, float, Decimal):
        return value
    raise Ask


def objects(holder: Any, name: str) -> Items:
    """The complex children of a list element."""
    if holder is None:
        return ()
    value = holder.get(name)
    if type(value) is list:
        return value
    if value is None:
        return ()
    raise Ask


def texts(holder: Any, name: str, companion: str) -> Items:
    """The strings of a list element."""
    if holder is None:
        return ()
    value = holder.get(name)
    if companion in holder:
        raise Ask
    if value is None:
        return ()
    if type(value) is list and all(type(item) is str for item in value):
        return value
    raise Ask


def has(holder: Any, name: str) -> bool:
    """Whether a single object, which may be absent, has the child."""
    return holder is not None and name in holder


def has_either(holder: Any, name: str, companion: str) -> bool:
    """The same for a primitive."""
    return holder is not None and (name in holder or companion in holder)


def has_choice(holder: Any, keys: frozenset[str]) -> bool:
    """The same for a choice element."""
    return holder is not None and not keys.isdisjoint(holder)


# ---- many objects


def each_one(holders: Items, name: str) -> Items:
    """The single complex child of each."""
    return [value for holder in holders if (value := one(holder, name)) is not None]


def each_text(holders: Items, name: str, companion: str) -> Items:
    """The single string child of each."""
    return [value for holder in holders if (value := text(holder, name, companion)) is not None]


def each_objects(holders: Items, name: str) -> Items:
    """The children of a list element of each."""
    return [value for holder in holders for value in objects(holder, name)]


def each_texts(holders: Items, name: str, companion: str) -> Items:
    """The strings of a list element of each."""
    return [value for holder in holders for value in texts(holder, name, companion)]


def any_has(holders: Items, name: str) -> bool:
    """Whether one of them has the child."""
    return any(name in holder for holder in holders)


def any_has_either(holders: Items, name: str, companion: str) -> bool:
    """The same for a primitive."""
    return any(name in holder or companion in holder for holder in holders)


def any_has_choice(holders: Items, keys: frozenset[str]) -> bool:
    """The same for a choice element."""
    return any(not keys.isdisjoint(holder) for holder in holders)


def single(items: Items) -> Any:
    """The only item, or None."""
    if not items:
        return None
    if len(items) > 1:
        raise Ask
    return items[0]


def listed(item: Any) -> Items:
    """A single item, which may be absent, as a list."""
    return () if item is None else (item,)


def first(items: Items) -> Any:
    """The first item, or None."""
    return items[0] if items else None


def last(items: Items) -> Any:
    """The last item, or None."""
    return items[-1] if items else None


# ---- decisions with three outcomes: True, False, None


def equal(left: Any, right: Any) -> bool | None:
    """Of two values of one type, each of which may be absent."""
    return None if left is None or right is None else bool(left == right)


def unlike(value: Any) -> bool:
    """What is said of a value that was read with care, and is not the one wanted."""
    return False


def equal_lists(left: Items, right: Items) -> bool | None:
    """Of two lists of values of one type."""
    return None if not left or not right else list(left) == list(right)


def member(item: Any, items: Any) -> bool | None:
    """Whether a value, which may be absent, is among others."""
    return None if item is None else item in items


def starts(value: Any, other: str) -> bool | None:
    """``startsWith``."""
    return None if value is None else bool(value.startswith(other))


def ends(value: Any, other: str) -> bool | None:
    """``endsWith``."""
    return None if value is None else bool(value.endswith(other))


def holds(value: Any, other: str) -> bool | None:
    """``contains``."""
    return None if value is None else other in value


def found(pattern: Any, value: Any) -> bool | None:
    """``matches``."""
    return None if value is None else bool(pattern.search(value))


def below(left: Any, right: Any, least: int, most: int) -> bool | None:
    """Whether the order of two integers or strings lies between two of -1, 0, 1."""
    if left is None or right is None:
        return None
    return bool(least <= (left > right) - (left < right) <= most)


def numbers(left: Any, right: Any, least: int, most: int) -> bool | None:
    """The same for numbers. Equal floats ask: their text may have had more digits."""
    if left is None or right is None:
        return None
    if left == right and (type(left) is float or type(right) is float):
        raise Ask
    return bool(least <= (left > right) - (left < right) <= most)


def quantities(left: Any, right: Any, least: int, most: int) -> bool | None:
    """The same for quantities of one unit; others ask."""
    if left is None or right is None:
        return None
    if any(left.get(key) != right.get(key) for key in ("unit", "system", "code")):
        raise Ask
    if "comparator" in left or "comparator" in right:
        raise Ask
    return numbers(number(left, "value", "_value"), number(right, "value", "_value"), least, most)


def moments(left: Any, right: Any, least: int, most: int) -> bool | None:
    """The same for two dates or times of FHIR."""
    if left is None or right is None:
        return None
    order = _order(left, right)
    return None if order is None else least <= order <= most


def _order(left: str, right: str) -> int | None:
    """The order of two dates or times; quick where the offset is the same, the days tell, or both are instants."""
    try:
        if left[19:] == right[19:] and left[19:] in _OFFSETS and left[4:17:3] == "--T::" == right[4:17:3]:
            datetime.fromisoformat(left)
            datetime.fromisoformat(right)
            return (left > right) - (left < right)
        if left[4] == "-" == left[7] and right[4] == "-" == right[7]:
            days = date.fromisoformat(left[:10]).toordinal() - date.fromisoformat(right[:10]).toordinal()
            first = None if len(left) == 10 else datetime.fromisoformat(left)
            second = None if len(right) == 10 else datetime.fromisoformat(right)
            if abs(days) > 2 or (first is None and second is None):
                return (days > 0) - (days < 0)
            if 19 < len(left) < 30 and 19 < len(right) < 30 and first is not None and second is not None:
                return (first > second) - (first < second)
    except (ValueError, IndexError, TypeError):
        pass
    one_, other = parse_date_time(left), parse_date_time(right)
    if one_ is None or other is None:
        raise Ask
    return compare(one_, other, assume_utc=True)


def concatenated(left: Any, right: Any) -> str:
    """``&``."""
    return (left or "") + (right or "")


def type_of(resource: Any) -> Any:
    """The type of a resource, which may be absent."""
    return None if resource is None else resource.get("resourceType")


def length(value: Any) -> int | None:
    """``length``."""
    return None if value is None else len(value)


def cut(value: Any, start: int, count: int | None) -> Any:
    """``substring``."""
    if value is None or not 0 <= start < len(value):
        return None
    return value[start:] if count is None else value[start : start + max(count, 0)]


def overlap(items: Items, others: Items) -> Items:
    """``intersect`` of objects or strings."""
    return [item for item in items if item in others] if others else ()


def distinct(items: Iterable[Any]) -> bool:
    """``isDistinct`` of strings."""
    seen = list(items)
    return len(set(seen)) == len(seen)


def merged(*lists: Items) -> Items:
    """A union of strings."""
    return list(dict.fromkeys(item for one_ in lists for item in one_))
