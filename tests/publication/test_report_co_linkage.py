"""The report's part on crimes judged jointly."""

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

from publication.co_linkage_data import COLUMNS, CoLinkage, CoLinkageError
from publication.report import build_report
from publication.report_co_linkage import agreement, counts, lead_rows, size_rows
from publication.report_data import ReportData

NASTY = "<script>alert(1)</script>\"'&{{ 7*7 }}"


def frame(part: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(COLUMNS[part]))


def joint(**more: Any) -> CoLinkage:
    candidates = (
        ("U1", "group", "solved:S1", 0.6),
        ("U1", "offender", "P-1", 0.6),
        ("U1", "offender", "P-2", 0.6),
        ("U1", "crime", "U9", 0.04),
        ("U2", "crime", "U3", 0.3),
        ("U3", "crime", "U2", 0.3),
    )
    told: dict[str, Any] = {
        "crimes": frame(
            "crimes",
            ("U1", 0.6, 0.1, 0.3, 4.5, 2, 7, "group", "solved:S1", 0.6),
            ("U2", 0.1, 0.4, 0.5, 2.1, 1, 4, "crime", "U3", 0.3),
            ("U3", 0.1, 0.7, 0.2, 2.0, 1, 3, "crime", "U2", 0.3),
            ("U4", 0.0, 0.0, 1.0, 1.0, 1, 1, None, None, None),
        ),
        "candidates": frame("candidates", *candidates),
        "leads": frame("leads", *(row for row in candidates if row[3] >= 0.25)),
        "sizes": frame("sizes", ("all", 1, 40.0, 30, 50), ("all", 2, 8.0, 6, 11), ("all", 3, 2.0, 0, 4),
            ("unsolved_only", 1, 39.0, 29, 49), ("unsolved_only", 2, 6.0, 4, 9)),
        "hyperparameters": frame("hyperparameters", ("exponent", "How far evidence is trusted", 0.912, 0.851, 0.979)),
        "diagnostics": frame("diagnostics", ("exponent", 1.002, 1900.0, 1700.0), ("known_share", None, None, None)),
    }  # fmt: skip
    return CoLinkage(**(told | more))


class Text(HTMLParser):
    """Words of a page without styles and scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.inside):
            self.words.append(data)


def report(shown: CoLinkage | None, **more: Any) -> str:
    moment = datetime(2026, 11, 22, 3, 0)
    return build_report(ReportData("r1", "A county", moment, moment, co_linkage=shown, **more))


def part_of(page: str) -> str:
    return Text(page[page.index('<section id="co-linkage">') :]).text


def test_counts_are_of_all_unsolved_crimes() -> None:
    told = counts(joint())
    assert (told["n_unsolved"], told["n_leads"]) == (4, 3)
    assert told["n_right"] == pytest.approx(0.6 + 0.3 + 0.3)
    # (.6 + .1 + .1 + 0) / 4, (.1 + .4 + .7 + 0) / 4, (.3 + .5 + .2 + 1) / 4
    assert [told[f"share_{name}"] for name in ("known", "unsolved", "alone")] == pytest.approx([0.2, 0.3, 0.5])
    assert (told["n_series"], told["n_new_series"]) == (10.0, 6.0)  # single crimes are no series


def test_a_link_just_at_the_line_counts_and_so_does_one_that_only_lacks_a_last_bit() -> None:
    crimes = joint().crimes.assign(probability=[0.25, 0.1 + 0.15 - 1e-17, 0.2499, None])
    assert counts(joint(crimes=crimes))["n_leads"] == 2


def test_the_part_says_how_many_the_base_rate_and_what_it_does_not_mean() -> None:
    told = part_of(report(joint()))
    assert "unsolved crimes 4 of them with a link of 25% or more 3" in told
    assert "series of two crimes or more, expected 10 of them without a known offender 6" in told
    assert (
        "about 20% are expected to belong to a known group of offenders, 30% only to other unsolved crimes, "
        "and 50% to no series at all" in told
    )
    assert (
        "If the probabilities are right, a link of 25% is wrong in 75% of cases, and of the 3 likeliest links at or "
        "above that line about 1 are right." in told
    )
    assert "it is no evidence against anybody" in told
    assert "bolder" not in report(joint())


def test_each_lead_names_its_candidates_its_size_and_what_is_likelier() -> None:
    told = part_of(report(joint()))
    assert "U1 60% known group solved:S1 4.5 2 to 7" in told
    assert "U2 30% unsolved crime U3 Likelier: linked with no crime at all (50%) 2.1 1 to 4" in told
    assert "U3 30% unsolved crime U2 2.0 1 to 3" in told


def test_somebody_not_yet_known_is_said_to_be_likelier_than_a_group_where_it_is() -> None:
    crimes = joint().crimes.assign(p_known_group=0.4, p_unsolved_crimes=0.35, p_alone=0.25)
    candidates = frame("candidates", ("U1", "group", "solved:S1", 0.3), ("U1", "group", "solved:S2", 0.1))
    (row,) = lead_rows(crimes, candidates, 5)
    assert row["instead"] == "somebody not yet known (60%)"
    (row,) = lead_rows(crimes.assign(p_unsolved_crimes=0.05), candidates, 5)
    assert row["instead"] == ""  # .05 + .25 is not more than .3


def test_an_offender_is_told_once_without_a_name_and_only_where_likelier_than_each_group() -> None:
    several = frame("candidates", ("U1", "group", "solved:S1", 0.35), ("U1", "group", "solved:S2", 0.25),
        ("U1", "offender", "P-1", 0.6), ("U1", "offender", "P-2", 0.6), ("U1", "offender", "P-3", 0.25))  # fmt: skip
    (row,) = lead_rows(joint().crimes, several, 5)
    assert [(each["kind"], each["id"]) for each in row["candidates"]] == [
        ("one offender of several known groups", ""),
        ("known group", "solved:S1"),
        ("known group", "solved:S2"),
    ]
    page = report(joint(leads=several, candidates=several))
    assert "U1 60% one offender of several known groups known group solved:S1 35%" in part_of(page)
    assert "P-" not in page


def test_weak_candidates_are_named_only_where_they_are_the_likeliest_and_nobody_is_none() -> None:
    strong, *_ = lead_rows(joint().crimes, joint().candidates, 1)
    assert [each["id"] for each in strong["candidates"]] == ["solved:S1"]  # not U9 with 4%
    assert strong["n_more"] == 0
    weak = frame("candidates", ("U4", "nobody", None, 1.0), ("U4", "crime", "U1", 0.02), ("U4", "crime", "U2", 0.01))
    (row,) = lead_rows(joint().crimes, weak, 5)
    assert [each["id"] for each in row["candidates"]] == ["U1"]
    many = frame("candidates", *(("U4", "crime", f"U{n}", 0.9 - n / 100) for n in range(8)))
    (row,) = lead_rows(joint().crimes, many, 5)
    assert [each["id"] for each in row["candidates"]] == ["U0", "U1", "U2"]
    assert row["n_more"] == 5


def test_the_bars_of_sizes_are_against_the_commonest_and_what_is_cut_is_told() -> None:
    sizes = frame("sizes", ("all", 1, 99.0, 0, 0), *(("all", n, 20.0 / n, 0, 20) for n in range(2, 12)))
    told = size_rows(sizes)
    assert [row["n_crimes"] for row in told["rows"]] == [2, 3, 4, 5, 6, 7, 8]
    assert [told["rows"][n]["all"]["width"] for n in (0, 2)] == [100.0, 50.0]
    assert told["rows"][0]["new"] is None
    assert told["n_larger"] == pytest.approx(20 / 9 + 20 / 10 + 20 / 11)
    assert "2 8.0 6 to 11 6.0 4 to 9 3 2.0 0 to 4" in part_of(report(joint()))


def test_agreement_is_judged_by_the_worst_quantity() -> None:
    good = agreement(joint())
    assert (good["is_known"], good["does_agree"]) == (True, True)
    assert "worst R-hat 1.002, at least 1,900 independent draws" in good["said"]
    apart = agreement(joint(diagnostics=frame("diagnostics", ("a", 1.002, 1900.0, 1.0), ("b", 1.06, 390.0, 1.0))))
    assert (apart["is_known"], apart["does_agree"]) == (True, False)
    assert "do not yet tell the same (worst R-hat 1.060, at least 390" in apart["said"]
    assert not agreement(joint(diagnostics=frame("diagnostics")))["is_known"]
    few = agreement(joint(least_ess=2000.0))
    assert (few["is_known"], few["does_agree"]) == (True, False)  # 1,900 draws


def test_a_refresh_whose_runs_disagree_warns() -> None:
    apart = frame("diagnostics", ("b", 1.2, 30.0, 1.0))
    assert '<p class="notice">Separate runs of the model do not yet tell the same' in report(joint(diagnostics=apart))
    assert '<p class="notice">' not in report(joint())


def test_the_page_is_linked_where_it_stands_beside_the_report() -> None:
    assert '<a href="co_linkage.html">' in report(joint(), co_linkage_page="co_linkage.html")
    assert "<a " not in report(joint())


def test_without_crimes_or_leads_the_part_says_so() -> None:
    assert "No crimes were judged jointly." in part_of(report(None))
    assert "No crimes were judged jointly." in part_of(report(CoLinkage(frame("crimes"))))
    quiet = joint(crimes=joint().crimes.assign(probability=0.1), leads=frame("leads"))
    assert "No crime has a link of 25% or more." in part_of(report(quiet))
    assert "Crimes judged jointly" not in report(joint(), linkage_skipped="No offenders.")


@pytest.mark.parametrize("part", list(COLUMNS))
def test_every_value_is_escaped(part: str) -> None:
    held = getattr(joint(), part).copy()
    texts = [name for name in held.columns if name in ("crime_id", "candidate_id", "quantity", "meaning")]
    held = held.astype(dict.fromkeys(texts, "object"))
    held.loc[0, texts] = NASTY
    page = report(joint(**{part: held}))
    assert "<script" not in page
    assert "49" not in part_of(page).replace("{{ 7*7 }}", "")
    if part in ("crimes", "leads"):
        assert "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)=|url\(|@import|https?://", page)


def test_the_part_does_not_depend_on_the_order_of_rows() -> None:
    shown = joint()
    turned = replace(shown, **{part: getattr(shown, part).iloc[::-1] for part in COLUMNS})
    assert report(turned) == report(shown)


def test_a_missing_column_and_a_line_that_is_none_are_named() -> None:
    with pytest.raises(CoLinkageError, match=r"co-linkage, leads: expected columns .* got none named probability"):
        joint(leads=joint().leads.drop(columns="probability"))
    with pytest.raises(CoLinkageError, match=r"co-linkage, line: expected a probability, got 25"):
        joint(line=25)
