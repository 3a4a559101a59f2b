import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import pandas as pd
import pytest

from publication.report import build_report
from publication.report_data import COLUMNS, ReportData, ReportError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="90"><rect width="5" height="5"/></svg>'
NASTY = "<script>alert(1)</script>\"'&{{ 7*7 }}"
DASH, TIMES = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"
VOID = {"meta", "br", "img", "link", "input", "hr", "rect", "path"}


def rows(part: str, *values: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(values), columns=list(COLUMNS[part]))


def data(**more) -> ReportData:
    told = {
        "refresh_id": "20261122T030000-000001-abcdef",
        "force_name": "A fictitious county",
        "started_at": datetime(2026, 11, 22, 3, 0),
        "finished_at": datetime(2026, 11, 22, 3, 1),
        "totals": {"crimes loaded": 5001},
        "accounts": rows(
            "accounts",
            ("crimes", 4000, 3990, 1, 2, 3, 4),
            ("crimes", 1212, 1011, 0, 0, 200, 1),
            ("mo_texts", 0, 0, 0, 0, 0, 0),
        ),
        "quarantine": rows(
            "quarantine",
            ("crimes", "easting_m", "value_set_missing", "outside the force area", 141),
            ("mo_features", "value_code", "value_set_missing", "not in the code list", 700),
            ("mo_features", "value_code", "value_set_missing", "not in the code list", 112),
        ),
        "completeness": rows(
            "completeness", ("NB1", "burglary_residential", 100, 85), ("NB2", "robbery_personal", 10, 4)
        ),
        "priorities": rows(
            "priorities",
            ("tool_used", 2, 15.44, 0.0, 29.6, 8.0, 0.52, 0.41),
            ("entry_point", 1, 40.0, 31.25, 48.0, 6.0, 0.2, 0.35),
            ("occupied", None, None, None, None, 5.0, 0.9, 0.1),
        ),
        "evaluation": rows(
            "evaluation",
            ("histogram", "group", "auc", 0.921),
            ("space_and_time_only", "group", "auc", 0.874),
            ("histogram", "group", "average_precision", 0.312),
        ),
        "links": rows("links", ("C1", "C2", 4.82, 0.11, 0.43, 2.1, "Both entered by the patio door.")),
        "series": rows(
            "series", ("S-1", 23, "theft_from_vehicle 23", pd.Timestamp("2026-01-04"), pd.NaT, 2.0, "part_solved")
        ),
        "figures": {"What each part weighs": SVG},
        "prior_odds": 1 / 480,
    }
    return ReportData(**(told | more))


class Reader(HTMLParser):
    """Collects words and attributes and checks that elements nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.words, self.attributes, self.tags = [], [], [], []
        self.feed(page)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


def test_the_page_tells_what_was_loaded_wrong_learnt_and_linked():
    read = Reader(build_report(data()))
    assert read.open == []
    assert "Crimes 5,212 5,001 1 2 203 5" in read.text
    assert read.text.index("not in the code list 812") < read.text.index("outside the force area 141")
    assert f"NB2 40% {DASH} 40%" in read.text
    assert f"Published method Groups of offenders {DASH} 0.921 0.312" in read.text
    assert f"Space and time only baseline Groups of offenders {DASH} 0.874 {DASH}" in read.text
    assert f"C1 and C2 Both entered by the patio door. 430 m apart · 2 days between 11% odds {TIMES} 124" in read.text
    assert f"S-1 23 Theft from a vehicle 23 4 Jan 2026 {DASH} {TIMES} 7.4 Part solved" in read.text
    assert "Finished 22 November 2026, 03:01 UTC" in read.text


def test_items_stand_in_the_order_of_their_rank_with_what_it_rests_on():
    text = Reader(build_report(data())).text
    # the weight of tool_used is larger, and its links for an hour are fewer
    assert "1 Entry point 40.0 31.2 to 48.0 6 35% 0.200 2 Tool used 15.4 0.0 to 29.6 8 41% 0.520" in text
    assert "Occupied" not in text


def test_without_a_ranked_item_the_page_says_why_there_is_no_table():
    unranked = rows("priorities", ("occupied", None, None, None, None, 5.0, 0.9, 0.1))
    text = Reader(build_report(data(priorities=unranked))).text
    assert "No item could be ranked" in text
    assert "Occupied" not in text
    assert "What to record first" not in Reader(build_report(data(priorities=rows("priorities")))).text


def test_the_page_says_what_a_probability_means():
    text = Reader(build_report(data())).text
    # exp(4.82) = 124 and 0.124 / 1.124 = 0.11
    assert "A log Bayes factor of 4.82 multiplies the odds by 124." in text
    assert (
        "odds before any evidence are 1 to 1,000, the probability that the two are linked is then only about 11%"
        in text
    )
    assert "In this refresh the odds before any evidence are 1 to 480." in text
    assert "may be linked" in text
    assert "committed by the same person; that is for people to judge" in text


def test_the_page_needs_nothing_from_outside():
    page = build_report(data())
    read = Reader(page)
    assert not {"script", "link", "iframe", "object", "embed", "img", "base", "form"} & set(read.tags)
    assert not [
        name for name, _ in read.attributes if name in ("src", "href", "srcset", "action") or name.startswith("on")
    ]
    assert "url(" not in page
    assert "@import" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    "part", ["accounts", "quarantine", "completeness", "priorities", "evaluation", "links", "series"]
)
def test_every_value_of_every_part_is_escaped(part):
    frame = getattr(data(), part).copy()
    texts = [name for name in frame.columns if frame[name].dtype.kind not in "ifM"]
    frame = frame.astype(dict.fromkeys(texts, "object"))
    frame.loc[0, texts] = NASTY
    page = build_report(data(**{part: frame}))
    assert "<script" not in page
    assert "&lt;script&gt;" in page or "&lt;Script&gt;" in page
    assert "{{ 7*7 }}" in page
    assert Reader(page).open == []


def test_every_other_value_is_escaped_too():
    named = {
        "refresh_id": NASTY,
        "force_name": NASTY,
        "profile_name": NASTY,
        "code_version": NASTY,
        "model_version": NASTY,
    }
    page = build_report(
        data(
            **named,
            previous_refresh_id=NASTY,
            totals={NASTY: 1},
            figures={NASTY: SVG},
            protective_marking=f"</style>{NASTY}",
        )
    )
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert Reader(page).open == []


def test_the_protective_marking_stands_at_head_and_foot_and_on_printed_pages():
    page = build_report(data(protective_marking="OFFICIAL"))
    text = Reader(page).text
    assert text.endswith("OFFICIAL")
    assert text.removeprefix("Crime linkage report · A fictitious county · 20261122T030000-000001-abcdef ").startswith(
        "OFFICIAL"
    )
    assert re.search(r'@top-center \{ content: "OFFICIAL"', page)
    assert re.search(r'@bottom-center \{ content: "OFFICIAL"', page)
    assert "OFFICIAL-SENSITIVE" in build_report(data(protective_marking=ReportData.protective_marking))


def test_a_skipped_linkage_says_why_and_keeps_quality():
    page = build_report(data(linkage_skipped="The extract names no offenders."))
    text = Reader(page).text
    assert "No crimes were linked in this refresh. The extract names no offenders." in text
    assert "Strongest links" not in text
    assert "What the model learnt" not in text
    assert "How completely crimes are recorded" in text


def test_counts_that_do_not_add_up_are_called_out():
    wrong = rows("accounts", ("crimes", 10, 5, 1, 1, 1, 1))
    assert (
        "Crimes: the counts do not add up. 10 rows came in; the others sum to 9."
        in Reader(build_report(data(accounts=wrong))).text
    )
    assert "do not add up" not in build_report(data())


def test_a_refresh_without_anything_still_gives_a_page():
    bare = ReportData("r1", "A county", datetime(2026, 1, 1), datetime(2026, 1, 1))
    text = Reader(build_report(bare)).text
    for sentence in ("No rows came in.", "Nothing was found wrong.", "No items were expected.", "No series was found."):
        assert sentence in text


def test_the_page_does_not_depend_on_the_order_of_rows():
    shown = data()
    turned = replace(shown, **{part: getattr(shown, part).iloc[::-1] for part in COLUMNS if part != "accounts"})
    assert build_report(turned) == build_report(shown)


def test_only_the_strongest_are_shown_and_the_rest_is_counted():
    many = pd.DataFrame(
        {
            "table_name": "crimes",
            "column_name": "c",
            "action": "a",
            "reason": [f"r{n:02d}" for n in range(15)],
            "n_rows": range(1, 16),
        }
    )
    text = Reader(build_report(data(quarantine=many))).text
    assert "r14 15" in text
    assert "r04" not in text
    assert "15 further problems have other reasons." in text  # 1 + 2 + 3 + 4 + 5


def test_repeated_splits_are_a_range_beside_their_whole():
    repeated = rows(
        "evaluation",
        ("full", "group", "auc", 0.85),
        ("full", "group_01", "auc", 0.801),
        ("full", "group_02", "auc", 0.899),
        ("full", "time_1", "auc", 0.7),
    )
    text = Reader(build_report(data(evaluation=repeated.assign(n_pairs=200, n_linked=5)))).text
    assert "All evidence Groups of offenders 2% 0.850 0.80 to 0.90" in text
    assert "Group 01" not in text
    assert "All evidence Time 1 2% 0.700" in text  # its whole is not there, so it stands for itself


def test_an_interval_and_the_prevalence_stand_beside_the_value_that_they_belong_to():
    judged = rows("evaluation", ("full", "time", "auc", 0.85), ("full", "group", "auc", 0.8))
    told = judged.assign(value_low=[0.7, 0.75], value_high=[0.9, 0.875], n_pairs=200, n_linked=50)
    text = Reader(build_report(data(evaluation=told.assign(prevalence=[0.03, 1 / 4500])))).text
    assert (
        "All evidence Groups of offenders 1 in 4,500 0.800 0.75 to 0.88" in text
    )  # not 50 of 200: pairs stand for more
    assert "All evidence Later crimes 3% 0.850 0.70 to 0.90" in text


def test_links_of_scene_evidence_are_told_in_a_table_of_their_own():
    judged = rows(
        "evaluation",
        ("full", "group", "auc", 0.8),
        ("full", "scene_links", "hit_at_5", 0.25),
        ("full", "scene_links", "median_first_rank", 41.0),
        ("space_and_time", "scene_links", "hit_at_5", 0.125),
    )
    text = Reader(build_report(data(evaluation=judged))).text
    assert "Where scene evidence says that two crimes are linked" in text
    assert "Model Held out Among the first 5 Median place All evidence Scene evidence 0.250 41" in text
    assert f"Place and time baseline Scene evidence 0.125 {DASH}" in text
    assert "Scene evidence" not in Reader(build_report(data())).text


def test_evidence_without_a_figure_is_counted():
    shown = Reader(build_report(data(figures_left_out=14))).text
    assert "The 1 kinds of likeness that speak most for truly linked pairs, strongest first; 14 that say less" in shown
    assert "are not drawn" not in Reader(build_report(data())).text


def test_no_value_of_a_quarantined_row_is_shown():
    frame = data().quarantine.assign(value="Jane Doe, 1 High Street", source_file="crimes.csv")
    assert "Jane" not in build_report(data(quarantine=frame))


def test_a_missing_column_is_named():
    with pytest.raises(ReportError, match=r"report, links: expected columns .* got none named why"):
        data(links=data().links.drop(columns="why"))


PROBE = """<!doctype html><iframe id="page" style="border:0;width:{width}px;height:900px" srcdoc="{page}"></iframe>
<script>onload = () => {{ const d = document.getElementById("page").contentDocument;
document.title = d.documentElement.scrollWidth + " " + d.querySelectorAll("section").length; }}</script>"""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_a_phone_and_a_desk_without_scrolling_sideways(tmp_path, width):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    page = build_report(data()).replace("&", "&amp;").replace('"', "&quot;")
    (tmp_path / "probe.html").write_text(PROBE.format(width=width, page=page))
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
    command += ["--disable-sync", "--disable-component-update", "--disable-background-networking", "--dump-dom"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1400,900", (tmp_path / "probe.html").as_uri()]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.search(r"<title>(\d+) (\d+)</title>", told)
    assert found is not None, told[:300]
    assert (int(found[1]), int(found[2])) == (width, 8)
