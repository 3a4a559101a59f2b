"""What can go wrong in quality.

QualityError (a ValueError)
├── StandardError      the minimum standard's file says something that it may not say
├── ProtectedFeature   something that describes a person or a place was offered as evidence
└── FrameError         a frame lacks a column, or no contract exists for it
"""

from collections.abc import Iterable
from difflib import get_close_matches


class QualityError(ValueError):
    """Base of everything that this package raises itself."""


class StandardError(QualityError):
    """The minimum standard's file says something that it may not say."""


class ProtectedFeature(QualityError):  # noqa: N818  the name says what was offered, as the domain does
    """Something that describes a person or a place was offered as evidence."""


class FrameError(QualityError):
    """A frame lacks a column, or no contract exists for it."""


def nearest(word: object, known: Iterable[str]) -> str:
    """Say which known word was probably meant.

    Returns
    -------
    str
        ``nearest is 'entry_point'``, or the whole list where nothing is near.
    """
    choices = sorted(known)
    close = get_close_matches(str(word), choices, n=1, cutoff=0.5)
    return f"nearest is {close[0]!r}" if close else f"known are {', '.join(choices)}"
