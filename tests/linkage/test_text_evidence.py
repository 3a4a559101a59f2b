"""Texts compared by their words, against scikit-learn and by hand, and what is kept of them."""

import math

import numpy as np
import pandas as pd
import pytest

from linkage.text_evidence import TextError, TextSpace, fit_text_space, text_similarity, text_vectors

TEXTS = pd.Series(
    [
        "Smashed rear window, searched bedroom",
        "smashed REAR window",
        "Forced front door with screwdriver",
        "forced front door; front door damaged",
        None,
        "",
        "AB12 CDE 07700900123",
    ],
    dtype=object,
)


def _cosines(texts: pd.Series, space: TextSpace, first: list[int], second: list[int]) -> np.ndarray:
    return text_similarity(text_vectors(texts, space), np.array(first), np.array(second))


def test_words_and_weights_are_those_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    written = TEXTS.dropna()
    written = written[written != ""]
    oracle = TfidfVectorizer(token_pattern=r"(?u)\b[^\W\d_]{2,}\b", sublinear_tf=True, min_df=2)
    matrix = oracle.fit_transform(written)
    space = fit_text_space(TEXTS, min_crimes=2)
    assert list(space.idf) == list(oracle.get_feature_names_out())
    np.testing.assert_allclose(list(space.idf.values()), oracle.idf_, rtol=1e-15)
    first, second = [0, 0, 2, 0], [1, 2, 3, 0]
    dense = matrix.toarray()
    np.testing.assert_allclose(
        _cosines(TEXTS, space, first, second), (dense[first] * dense[second]).sum(axis=1), rtol=1e-14
    )


def test_a_similarity_worked_by_hand():
    # Weights 1 and 2; "door door" counts 1 + ln 2. Vectors before their length is taken out: (1, 2) and (1 + ln 2, 0).
    space = TextSpace({"door": 1.0, "roof": 2.0})
    texts = pd.Series(["door roof", "door, door"])
    assert _cosines(texts, space, [0], [1])[0] == pytest.approx(1 / math.sqrt(5), rel=1e-14)


def test_equal_words_in_another_order_are_fully_alike_and_no_common_word_gives_none():
    space = fit_text_space(TEXTS, min_crimes=2)
    texts = pd.Series(["window rear smashed", "smashed, rear; WINDOW", "forced door"])
    got = _cosines(texts, space, [0, 0, 1], [1, 2, 0])
    assert got[0] == pytest.approx(1.0, rel=1e-14)
    assert got[0] <= 1.0
    assert got[1] == 0.0
    assert got[0] == got[2]


def test_no_text_and_no_known_word_are_missing():
    space = fit_text_space(TEXTS, min_crimes=2)
    got = _cosines(TEXTS, space, [0, 0, 0, 4], [4, 5, 6, 4])
    assert np.isnan(got).all()


def test_rare_words_and_whatever_holds_a_digit_are_not_kept():
    told = ["smashed window seen by Zebedee of 14 Elm Row, call 07700900123"] + ["smashed window AB12CDE"] * 10
    space = fit_text_space(pd.Series(told))
    assert list(space.idf) == ["smashed", "window"]


def test_words_that_too_few_crimes_use_leave_nothing():
    assert fit_text_space(TEXTS) == TextSpace({})
    assert fit_text_space(pd.Series([], dtype=object)) == TextSpace({})
    assert fit_text_space(pd.Series([None, None], dtype=object)) == TextSpace({})
    assert np.isnan(_cosines(TEXTS, TextSpace({}), [0, 2], [1, 3])).all()
    assert len(text_vectors(TEXTS.iloc[:0], TextSpace({"a": 1.0})).bounds) == 1


def test_similarity_equals_scipy_on_random_texts():
    rng = np.random.default_rng(2)
    words = np.array([f"word{'abcdefghijklmnop'[i]}" for i in range(16)])
    texts = pd.Series([" ".join(rng.choice(words, rng.integers(0, 12))) for _ in range(60)])
    space = fit_text_space(texts, min_crimes=1)
    vectors = text_vectors(texts, space)
    from scipy.sparse import csr_array

    matrix = csr_array((vectors.weights, vectors.words, vectors.bounds), shape=(60, 16)).toarray()
    first, second = rng.integers(0, 60, (2, 500))
    truth = (matrix[first] * matrix[second]).sum(axis=1)
    truth[(matrix[first].sum(axis=1) == 0) | (matrix[second].sum(axis=1) == 0)] = np.nan
    got = text_similarity(vectors, first, second)
    np.testing.assert_allclose(got, truth, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(got, text_similarity(vectors, second, first))


@pytest.mark.parametrize("dtype", [object, "str", "string"])
def test_every_type_of_text_column_gives_the_same(dtype):
    texts = pd.Series(["forced door", "forced window", None], dtype=dtype)
    got = _cosines(texts, TextSpace({"door": 1.0, "forced": 1.0, "window": 1.0}), [0, 0], [1, 2])
    np.testing.assert_allclose(got, [0.5, np.nan], rtol=1e-14)


def test_what_is_no_text_is_refused():
    with pytest.raises(TextError, match="mo_text: expected text or nothing in each cell, got a list; join the texts"):
        fit_text_space(pd.Series(["a", ["b"]], name="mo_text"))
    with pytest.raises(TextError, match="min_crimes: expected 1 or more, got 0; 10 keeps"):
        fit_text_space(TEXTS, min_crimes=0)
    with pytest.raises(TextError, match="idf: expected positive weights"):
        TextSpace({"door": 0.0})
