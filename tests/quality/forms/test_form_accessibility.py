"""Every form passes the checks of axe-core (WCAG 2.2 A and AA, and its best practices) in every state of its page."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from quality.minimum_standard import load_minimum_standard

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STANDARD = load_minimum_standard()
SOME = [
    ("burglary_residential", "victim"),
    ("robbery_personal", "call_taker"),
    ("theft_from_person", "officer"),
    ("theft_of_vehicle", "csi"),
]
ALL = [(group, role) for group in STANDARD.crime_groups for role in STANDARD.roles]
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: "Page") -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
    found: list[dict[str, Any]] = axe.run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


def answer_with_faults(page: "Page", crime_group: str, role: str) -> None:
    """Answer so that every kind of notice and mark is on the page."""
    if page.locator("#committed_time").is_visible():
        page.fill("#committed_from", "2026-02-28T18:00")
        page.fill("#committed_to", "2026-02-27T00:00")
    first, *others = STANDARD.asked(crime_group, role)
    page.locator(f"input[name={first.item_code}]").first.check()
    for item in others:
        if page.locator(f"#{item.item_code}").is_visible():
            page.check(f"input[name={item.item_code}][value=unknown]")
    for item in (first, *others):
        if page.locator(f"#{item.item_code}").is_hidden():
            continue
        if item.unspecific:
            page.check(f"input[name={item.item_code}][value={item.unspecific[0]}]")
        if item.exclusive:
            for code in (item.exclusive[0], next(iter(item.value_labels))):
                page.check(f"input[name={item.item_code}][value={code}]")
    assert page.locator(".notice:visible").count() > 0 or role == "csi"


def opened(browser: "Browser", width: int, scheme: Any) -> "Page":
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    page.set_default_timeout(5000)
    return page


@pytest.mark.parametrize(
    ("form", "width", "scheme"), list(zip(SOME, WIDTHS * 2, ("light", "dark", "dark", "light"), strict=True))
)
def test_an_answered_form_of_each_role_has_no_violations(
    browser: "Browser", form_address: Callable[[str, str], str], form: tuple[str, str], width: int, scheme: str
) -> None:
    page = opened(browser, width, scheme)
    page.goto(form_address(*form))
    if page.locator("#agree").is_visible():
        page.click("#agree")
    answer_with_faults(page, *form)
    assert violations(page) == []
    page.close()


@pytest.mark.long
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("form", ALL)
def test_no_form_has_violations_as_it_opens_answered_and_saved_at_either_width_and_in_either_light(
    browser: "Browser", form_address: Callable[[str, str], str], form: tuple[str, str], width: int, scheme: str
) -> None:
    page = opened(browser, width, scheme)
    page.goto(form_address(*form))
    assert violations(page) == []
    if page.locator("#agree").is_visible():
        page.click("#agree")
    answer_with_faults(page, *form)
    assert violations(page) == []
    page.click("#save")
    page.click("#copy-part summary")
    assert violations(page) == []
    page.close()


def test_the_checks_find_a_violation_that_is_put_in(
    browser: "Browser", form_address: Callable[[str, str], str]
) -> None:
    page = opened(browser, 390, "light")
    page.goto(form_address("theft_of_vehicle", "officer"))
    page.evaluate("document.getElementById('reference-hint').style.color = '#c8c8c8'")
    page.evaluate("document.querySelector('label[for=committed_to]').remove()")
    assert sorted(line.split(":")[0] for line in violations(page)) == ["color-contrast", "label"]
    page.close()
