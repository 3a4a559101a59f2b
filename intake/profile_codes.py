"""From YAML to coded cells: a force's list of codes that mixes everything, and the MO values that some of them give."""

import re

from intake.profile_nodes import ProfileNode
from intake.profile_schema import CodedCells

LOWER_SNAKE = re.compile(r"[a-z][a-z0-9_]*")
_KEYS = ("column", "separator", "pad", "listed", "values")


def parse_codes(node: ProfileNode) -> CodedCells:
    """Return how a table reads cells of mixed codes.

    Raises
    ------
    ProfileError
        Unknown keys, a range that is none, an item or value that is no code, or a code outside the list.
    """
    parts = node.mapping(_KEYS, ("column", "values"))
    listed = tuple(_range(item) for item in parts["listed"].items()) if "listed" in parts else ()
    return CodedCells(
        column=parts["column"].filled(),
        separator=_separator(parts["separator"]) if "separator" in parts else None,
        pad=_width(parts["pad"]) if "pad" in parts else None,
        listed=listed,
        values={code.strip(): _given(child, code.strip(), listed) for code, child in parts["values"].mapping().items()},
        where=f"{node.file} line {node.line}, {node.key}",
    )


def _separator(node: ProfileNode) -> str:
    if not node.text():
        raise node.error("a separator cannot be empty", "one or more characters")
    return node.text()


def _width(node: ProfileNode) -> int:
    width = node.number()
    if width != int(width) or not 1 <= width <= 32:
        raise node.error("not a width", "a whole number from 1 to 32", repr(node.text()))
    return int(width)


def _range(node: ProfileNode) -> tuple[str, str]:
    """Return the first and last code of `0100-0110`, or one code twice; ends are of one length, so text orders them."""
    ends = [end.strip() for end in node.filled().split("-")]
    if len(ends) > 2 or not all(ends) or len(ends[0]) != len(ends[-1]) or ends[0] > ends[-1]:
        raise node.error("not a range of codes", "a code, or first-last of one length", repr(node.text()))
    return ends[0], ends[-1]


def is_listed(code: str, listed: tuple[tuple[str, str], ...]) -> bool:
    """Say whether a code stands in a list; every one does where there is no list."""
    return not listed or any(len(code) == len(first) and first <= code <= last for first, last in listed)


def _given(node: ProfileNode, code: str, listed: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    if not is_listed(code, listed):
        raise node.error("the list does not have this code", "a code under 'listed'", repr(code))
    given = [(item, value, child) for item, child in node.mapping().items() for value in child.texts()]
    for item, value, child in given:
        if not LOWER_SNAKE.fullmatch(item):
            raise child.error(f"{item!r} is not a code", "an item in lower_snake_case")
        if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", value):
            raise child.error(f"{value!r} is not a code", "a value in lower_snake_case")
    return tuple((item, value) for item, value, _ in given)
