"""Looks around a match for the words that give it its meaning: a rear door is where they got in, or just a door."""

from collections.abc import Iterator

import re2

from quality.text.pattern_language import compiled
from quality.text.text_rules import Frame

_WORD = re2.compile(rb"[a-z0-9][a-z0-9'/]*")
_CHARACTERS_A_WORD = 16


class FrameSearch:
    """Finds a frame's words around a span.

    Parameters
    ----------
    frame : Frame
        What must stand before, or after.
    """

    def __init__(self, frame: Frame) -> None:
        self._before = compiled(frame.before, "frame")
        self._after = compiled(frame.after, "frame")
        self._words = frame.before_words
        self._reach = (frame.before_words + 3) * _CHARACTERS_A_WORD
        self._is_list = frame.is_list

    def around(self, text: bytes, span: tuple[int, int]) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
        """Yield the span widened by the nearest words before it, then by those after it, each with the gap between.

        Parameters
        ----------
        text : bytes
            One sentence in plain small letters.
        span : (int, int)
            Half-open span of the match.
        """
        start, end = span
        nearest = None
        for found in self._before.finditer(text, max(0, start - self._reach), start):
            nearest = found.span()
        if nearest is not None and self._is_near(text[nearest[1] : start]):
            yield nearest[0], end, [(nearest[1], start)]
        after = self._after.match(text, end, min(len(text), end + self._reach))
        if after is not None:
            yield start, after.end(), [after.span(1)]

    def _is_near(self, between: bytes) -> bool:
        return (self._is_list or b"," not in between) and len(_WORD.findall(between)) <= self._words
