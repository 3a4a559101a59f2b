"""Columns as the scores read them."""

import numpy as np
import pandas as pd
import pytest

from quality.frame_columns import sorted_codes

TEXTS = ["officer", None, "csi", "officer", "call_taker"]


@pytest.mark.parametrize("categories", [["officer", "csi", "call_taker"], ["call_taker", "unused", "officer", "csi"]])
def test_texts_are_numbered_by_the_alphabet_whatever_order_categories_have(categories: list[str]) -> None:
    plain = sorted_codes(pd.Series(TEXTS, dtype="str"))
    coded = sorted_codes(pd.Series(pd.Categorical(TEXTS, categories=categories)))
    for code, names in (plain, coded):
        assert code.tolist() == [2, -1, 1, 2, 0]
        assert names.tolist() == ["call_taker", "csi", "officer"]


def test_a_column_without_any_text_has_no_names() -> None:
    code, names = sorted_codes(pd.Series([None, None], dtype="str"))
    assert code.tolist() == [-1, -1]
    assert names.tolist() == []
    assert np.asarray(sorted_codes(pd.Series([], dtype="str"))[0]).tolist() == []
