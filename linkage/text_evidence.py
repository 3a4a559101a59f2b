"""How alike two MO texts are in their words: the cosine of their TF-IDF vectors.

What is kept of the texts is a list of words with a weight each, and only words that many crimes use: no digits, so no
telephone number, registration or house number, and nothing rare enough to point at an address or a single event. A name
that ten crimes mention, as that of a prolific offender may be, would stay: give texts with names already taken out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
WordNumbers = npt.NDArray[np.int32]

MIN_CRIMES = 10
"""Fewest crimes that must use a word for it to be kept."""

_WORD = r"(?u)\b[^\W\d_]{2,}\b"  # letters of any alphabet, two or more; a token with a digit in it is no word


class TextError(ValueError):
    """A text column holds something other than text."""


@dataclass(frozen=True)
class TextSpace:
    """The words that texts are compared by.

    Parameters
    ----------
    idf : mapping of word to weight
        Inverse document frequency, ln((1 + n) / (1 + n_w)) + 1 for a word that n_w of n texts use.
    """

    idf: Mapping[str, float] = field(hash=False)

    def __post_init__(self) -> None:
        if not all(weight > 0 for weight in self.idf.values()):
            raise TextError("idf: expected positive weights, got others; learn them with fit_text_space")


class TextVectors(NamedTuple):
    """Each crime's text as a sparse vector of length 1; a crime without a known word has no element.

    Attributes
    ----------
    bounds : ndarray, shape (n_crimes + 1,), int64
        Where each crime's elements begin.
    words : ndarray, int32
        Numbers of the words of each crime, ascending, crime after crime.
    weights : ndarray, float64
        Element of each of these words.
    """

    bounds: Ints
    words: WordNumbers
    weights: Floats


def fit_text_space(texts: pd.Series, min_crimes: int = MIN_CRIMES) -> TextSpace:
    """Learn the words of MO texts and their weights, rare words left out.

    Parameters
    ----------
    texts : Series of str
        One cell a crime, missing where nobody wrote one.
    min_crimes : int
        Fewest crimes that must use a word for it to be kept; fewer than 10 may keep what identifies somebody.

    Raises
    ------
    TextError
        A cell is not text, or `min_crimes` is not positive.
    """
    if min_crimes < 1:
        raise TextError(f"min_crimes: expected 1 or more, got {min_crimes}; {MIN_CRIMES} keeps rare words out")
    analyse = _vectorizer().build_analyzer()
    written = [text for text in _plain_texts(texts) if text.strip()]
    n_crimes = Counter(word for text in written for word in set(analyse(text)))
    known = sorted(word for word, n in n_crimes.items() if n >= min_crimes)
    return TextSpace({word: float(np.log((1 + len(written)) / (1 + n_crimes[word])) + 1.0) for word in known})


def text_vectors(texts: pd.Series, space: TextSpace) -> TextVectors:
    """Turn each crime's text into a vector of length 1 over the known words, by 1 + ln(count) times the word's weight.

    Raises
    ------
    TextError
        A cell is not text.
    """
    plain = _plain_texts(texts)
    if not (space.idf and plain):
        return TextVectors(np.zeros(len(plain) + 1, np.int64), np.empty(0, np.int32), np.empty(0))
    vectorizer = _vectorizer(vocabulary=sorted(space.idf))
    vectorizer.idf_ = np.array([space.idf[word] for word in sorted(space.idf)])
    matrix = vectorizer.transform(plain)
    return TextVectors(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data)


def text_similarity(texts: TextVectors, first: Ints, second: Ints) -> Floats:
    """Return the cosine of the two texts of each pair.

    Returns
    -------
    ndarray, shape (n_pairs,), float64, in [0, 1]
        NaN where either crime has no text, or none with a known word.
    """
    out = np.empty(len(first))
    _fill_cosines(texts.bounds, texts.words, texts.weights, first, second, out)
    return out


def _vectorizer(**settings: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(token_pattern=_WORD, sublinear_tf=True, **settings)


def _plain_texts(texts: pd.Series) -> list[str]:
    """Return the cells as text, "" where missing."""
    is_missing = texts.isna().to_numpy()
    cells = ["" if missing else cell for cell, missing in zip(texts, is_missing, strict=True)]
    other = next((cell for cell in cells if not isinstance(cell, str)), None)
    if other is not None:
        raise TextError(
            f"{texts.name}: expected text or nothing in each cell, got a {type(other).__name__}; "
            "join the texts of a crime to one"
        )
    return cells


@numba.njit(cache=True)
def _fill_cosines(bounds: Ints, words: WordNumbers, weights: Floats, first: Ints, second: Ints, out: Floats) -> None:
    # The text of the first crime lies spread over all words, so that a pair costs one look-up a word of the second:
    # walking along both lists at once leaves the processor guessing which to move, at two to six times the cost.
    spread = np.zeros(1 if words.size == 0 else words.max() + 1)
    lying = -1
    for i in range(first.size):
        u, v = first[i], second[i]
        if bounds[u] == bounds[u + 1] or bounds[v] == bounds[v + 1]:
            out[i] = np.nan
            continue
        if u != lying:
            if lying >= 0:
                for j in range(bounds[lying], bounds[lying + 1]):
                    spread[words[j]] = 0.0
            for j in range(bounds[u], bounds[u + 1]):
                spread[words[j]] = weights[j]
            lying = u
        total = 0.0
        for k in range(bounds[v], bounds[v + 1]):
            total += spread[words[k]] * weights[k]
        out[i] = min(1.0, total)  # rounding may carry two equal texts past 1
