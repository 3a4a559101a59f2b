"""The page on crimes judged jointly: as it is written, and as a reader without and with a keyboard finds it."""

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from publication.co_linkage_data import COLUMNS, CoLinkage
from publication.co_linkage_page import FIRST_SHOWN, MOST_CRIMES, CoLinkagePage, build_co_linkage_page
from publication.figures import FigureError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NASTY = "</script><script>alert(1)</script>\"'&{{ 7*7 }}"
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><rect width="5" height="5"/></svg>'
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def shown(n: int = 60, **more: Any) -> CoLinkage:
    """Return crimes U00, U01, ... of probabilities .9, .885, ... in steps of .015, every third with a known group."""
    ids = [f"U{k:02}" for k in range(n)]
    kinds = ["group" if k % 3 == 0 else "crime" for k in range(n)]
    names = [f"solved:S{k}" if k % 3 == 0 else ids[k - 1] for k in range(n)]
    probability = [round(max(0.9 - 0.015 * k, 0.001), 4) for k in range(n)]
    of_crime = {"crime_id": ids, "candidate_kind": kinds, "candidate_id": names, "probability": probability}
    outcomes = {"p_known_group": 0.1, "p_unsolved_crimes": 0.3, "p_alone": 0.6}
    sizes = {"expected_n_crimes": 2.5, "lower_n_crimes": 1, "upper_n_crimes": 5}
    rows: dict[str, Any] = {
        "crimes": pd.DataFrame({**of_crime, **outcomes, **sizes}),
        "candidates": pd.DataFrame(of_crime),
        "sizes": pd.DataFrame([("all", 2, 8.0, 6, 11)], columns=list(COLUMNS["sizes"])),
        "hyperparameters": pd.DataFrame(
            [("unsolved_factor", "Weight of links", 0.2134, 0.18, 0.25), ("odd", "Large", 1234.4, 1100.0, 1400.0)],
            columns=list(COLUMNS["hyperparameters"]),
        ),
        "diagnostics": pd.DataFrame([("exponent", 1.002, 1900.0, None)], columns=list(COLUMNS["diagnostics"])),
        "family_figure": SQUARE,
    }
    return CoLinkage(**(rows | more))


def page(of: CoLinkage | None = None, **more: Any) -> str:
    told = {"force_name": "A county", "refresh_id": "r1", "finished_at": datetime(2026, 11, 22, 3, 1)}
    return build_co_linkage_page(CoLinkagePage(of or shown(), **{**told, **more}))


def rows_of(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<tr data-step="(\d+)"( hidden)?>', html)


def test_before_any_script_runs_the_leads_are_those_at_the_line_of_the_refresh() -> None:
    # .9 - .015 k >= .25 for k <= 43
    assert [hidden for _, hidden in rows_of(page())] == [""] * 44 + [" hidden"] * 16
    assert [hidden for _, hidden in rows_of(page(shown(line=0.8)))].count("") == 7  # .81 is the seventh


def test_counts_are_of_all_crimes_and_the_list_says_what_it_leaves_out() -> None:
    many = shown(MOST_CRIMES + 7)
    html = page(many)
    told = json.loads(re.findall(r'<script type="application/json" id="told">(.*?)</script>', html)[0])
    assert told["counts"]["all"][0] == MOST_CRIMES + 7
    assert [told["counts"][kind][25] for kind in ("all", "group", "crime", "nobody")] == [44, 15, 29, 0]
    assert len(rows_of(html)) == MOST_CRIMES
    assert "7 further crimes with a weaker one are counted above" in html
    assert "further crimes" not in page()


def test_figures_are_rounded_to_what_their_interval_bears() -> None:
    html = page()
    # widths .07 and 300: two digits of the first, the second to whole numbers
    assert ">0.213<small>0.180 to 0.250</small></td>" in html
    assert ">1,234<small>1,100 to 1,400</small></td>" in html
    sure = shown(hyperparameters=shown().hyperparameters.assign(median=0.0956, q05=0.0956, q95=0.0956))
    assert '<td class="n">0.0956</td>' in page(sure)


def test_what_was_not_learnt_is_told_with_its_reason_and_figures_that_are_missing_are_dashes() -> None:
    assert "Learnt by leaving each solved crime out" in page()
    rows = [("exponent", "Power", 1.0, 0.6, 1.6), ("known_share", "Share", None, None, None)]
    why = ("not_learned", "no crime is solved", None, None, None)
    html = page(shown(hyperparameters=pd.DataFrame([*rows, why], columns=list(COLUMNS["hyperparameters"]))))
    assert "Not learnt: no crime is solved. Median and 90% interval of what was assumed instead." in html
    assert "Learnt by leaving" not in html
    assert "not_learned" not in html
    assert '<small class="id soft">known_share</small></th><td class="n">\N{EN DASH}</td>' in html


def test_how_far_the_chains_surface_is_off_is_told_apart_from_the_quantities() -> None:
    assert "nats" not in page()
    rows = [("exponent", 1.002, 1900.0, 1700.0, 0.9), ("surface_error", None, None, None, 0.2)]
    table = pd.DataFrame(rows, columns=[*COLUMNS["diagnostics"], "mean"])
    html = page(shown(diagnostics=table))
    assert "off by 0.20 nats at most; up to 1 is harmless" in html
    assert "surface_error" not in html


def test_sampled_links_are_one_row_of_the_diagnostics_with_the_worst_of_each_figure() -> None:
    rows = [("link U1 U2", 1.01, 800.0, 700.0), ("exponent", 1.0, 1900.0, 1.0), ("link U1 U3", 1.02, 900.0, 600.0)]
    html = page(shown(diagnostics=pd.DataFrame(rows, columns=list(COLUMNS["diagnostics"]))))
    assert '2 links drawn by lot, the worst of them</th><td class="n">1.020</td>' in html
    assert '<td class="n">800</td><td class="n">600</td>' in html
    assert "U1 U3" not in html


def test_the_only_script_is_the_one_that_the_policy_names_and_nothing_comes_from_outside() -> None:
    html = page()
    scripts = re.findall(r"<script([^>]*)>", html)
    assert scripts == [' type="application/json" id="told"', ""]
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[0]
    assert policy.startswith("default-src &#39;none&#39;")
    assert "script-src &#39;sha256-" in policy
    assert re.findall(r'(?:src|href)="([^"]*)"', html) == ["report.html"]
    assert not re.search(r"url\(|@import|https?://", html)


def test_every_value_is_escaped_in_words_marks_and_data() -> None:
    many = shown(3)
    hostile = {
        part: getattr(many, part).assign(
            **{
                name: NASTY
                for name in ("crime_id", "candidate_id", "quantity", "meaning")
                if name in getattr(many, part)
            }
        )
        for part in ("crimes", "candidates", "hyperparameters", "diagnostics")
    }
    html = page(shown(3, **hostile), force_name=NASTY, refresh_id=NASTY, protective_marking=f"</style>{NASTY}")
    assert len(re.findall(r"<script", html)) == 2
    assert html.count("</style>") == 1
    assert "&lt;/script&gt;" in html
    assert "{{ 7*7 }}" in html


def test_a_picture_that_runs_is_refused() -> None:
    with pytest.raises(FigureError, match="strongest families"):
        page(shown(family_figure="<svg><script/></svg>"))


def test_a_page_of_a_large_force_stays_small() -> None:
    assert len(page(shown(5000))) < 600_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "co_linkage.html"
    path.write_text(page(), encoding="utf-8")
    return path.as_uri()


def opened(browser: "Browser", address: str, width: int, scheme: Any = "light", **more: Any) -> "Page":
    view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
    view.set_default_timeout(5000)
    view.goto(address)
    return view


def test_the_line_moves_by_keyboard_counts_anew_and_filters_the_leads(browser: "Browser", address: str) -> None:
    view = opened(browser, address, 390)
    requests: list[str] = []
    view.on("request", lambda request: requests.append(request.url))
    faults: list[str] = []
    view.on("pageerror", lambda fault: faults.append(str(fault)))
    assert view.locator("#leads tbody tr:visible").count() == FIRST_SHOWN  # of 44
    before = view.locator("#maxima .rule").bounding_box()
    view.get_by_label("Line").focus()
    for _ in range(50):
        view.keyboard.press("ArrowRight")
    assert view.get_attribute("#line", "aria-valuetext") == "75%"
    assert view.inner_text("#n-all") == "11"  # .9 - .015 k >= .75 for k <= 10
    assert (view.inner_text("#n-group"), view.inner_text("#n-crime")) == ("4", "7")
    assert view.locator("#leads tbody tr:visible").count() == 11
    assert view.locator("#maxima path:not(.faint)[data-step]").count() == 11
    after = view.locator("#maxima .rule").bounding_box()
    level = view.locator("#maxima svg line").nth(3).bounding_box()  # the fourth level is that of 75%
    assert before is not None
    assert after is not None
    assert level is not None
    assert after["y"] < before["y"]
    assert after["y"] == pytest.approx(level["y"], abs=1.0)
    view.keyboard.press("End")
    assert view.inner_text("#n-all") == "0"
    assert view.locator("#none").is_visible()
    assert view.locator("#leads").is_hidden()
    assert (requests, faults) == ([], [])
    view.close()


def test_the_whole_list_is_shown_on_demand_and_stays_so(browser: "Browser", address: str) -> None:
    view = opened(browser, address, 390)
    assert view.inner_text("#more") == "Show all 44"
    view.locator("#more").press("Enter")
    assert view.locator("#leads tbody tr:visible").count() == 44
    assert view.locator("#more").is_hidden()
    assert view.evaluate("document.activeElement.rowIndex") == FIRST_SHOWN + 1  # the first that was not shown
    view.get_by_label("Line").press("Home")
    assert (
        view.locator("#leads tbody tr:visible").count() == 60
    )  # the last has .9 - .015 * 59 = .015, and the line is 1%
    view.close()


def test_without_script_the_page_shows_the_line_and_no_slider(browser: "Browser", address: str) -> None:
    view = opened(browser, address, 390, java_script_enabled=False)
    assert view.locator("#line").is_hidden()
    assert view.locator("#leads tbody tr:visible").count() == 44
    view.close()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "dark"),
        pytest.param(390, "light", marks=pytest.mark.long),
        pytest.param(1280, "dark", marks=pytest.mark.long),
        (1280, "light"),
    ],
)
def test_the_page_fits_and_has_no_violations(browser: "Browser", address: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    view = opened(browser, address, width, scheme)
    assert view.evaluate("document.documentElement.scrollWidth") == width
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
    found = axe.run(view, options=options).response["violations"]
    assert [(one["id"], node["target"]) for one in found for node in one["nodes"]] == []
    view.close()
