"""The form as people meet it: in a browser, by keyboard, on a phone, closed and opened again."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from intake.mo_record_shape import parse_record
from quality.forms.form_model import form_model
from quality.forms.record_checking import check_records
from quality.minimum_standard import MinimumStandard
from tests.quality.forms.conftest import RECORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SCHEMA = Path(__file__).parents[3] / "quality" / "forms" / "mo_record.schema.json"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
NO_STORE = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied'); }})"
FULL_STORE = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"


class Form:
    """A form that is open in a browser, and every request and fault of its page."""

    def __init__(self, context: "BrowserContext", address: Callable[[str, str], str]) -> None:
        self.context = context
        self.address = address
        self.requests: list[str] = []
        self.faults: list[str] = []

    def open(self, crime_group: str, role: str, *, agree: bool = True) -> "Page":
        page = self.context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.goto(self.address(crime_group, role))
        if agree and page.locator("#agree").is_visible():
            page.click("#agree")
        return page


@pytest.fixture
def form(browser: "Browser", form_address: Callable[[str, str], str]) -> Iterator[Form]:
    context = browser.new_context(viewport=PHONE, timezone_id="Europe/London", reduced_motion="reduce")
    context.set_default_timeout(5000)
    opened = Form(context, form_address)
    yield opened
    context.close()
    assert opened.faults == []
    assert [url for url in opened.requests if not url.startswith(("file://", "blob:"))] == []


def option(item: str, value: str) -> str:
    return f"input[name={item}][value={value}]"


def saved(page: "Page") -> dict[str, Any]:
    with page.expect_download() as download:
        page.click("#save")
    record: dict[str, Any] = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert download.value.suggested_filename == f"mo_record_{record['record_id']}.json"
    return record


def answers_of(record: dict[str, Any]) -> dict[str, list[str]]:
    return {answer["item_code"]: answer["values"] for answer in record["answers"]}


def press(page: "Page", *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused(page: "Page") -> str:
    name: str = page.evaluate("document.activeElement.name || document.activeElement.id")
    return name


def tab_to(page: "Page", name: str) -> None:
    for _ in range(60):
        if focused(page) == name:
            return
        press(page, "Tab")
    raise AssertionError(f"no Tab reaches {name}")


def test_a_form_is_filled_in_and_saved_by_keyboard_alone(form: Form, standard: MinimumStandard) -> None:
    page = form.open("robbery_personal", "officer")
    press(page, "Tab", "Enter")  # the jump link
    tab_to(page, "reference")
    page.keyboard.type("AB/26/123")
    press(page, "Enter")  # in a box it saves nothing
    tab_to(page, "committed_from")
    page.keyboard.type("020220261015am")  # a clock of 24 hours takes no notice of the letters
    press(page, "Enter")
    tab_to(page, "approach")
    press(page, "Space", "ArrowDown", "Enter")  # the second value
    assert page.locator("#saved").is_hidden()
    tab_to(page, "control_method")
    press(page, "Space")
    tab_to(page, "property_class_taken")
    press(page, "Space", "Tab", "Space")  # the first two boxes
    tab_to(page, "save")
    with page.expect_download() as download:
        press(page, "Enter")
    record = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    offered = {item.item_code: list(item.value_labels) for item in standard.asked("robbery_personal", "officer")}
    assert answers_of(record) == {
        "approach": [offered["approach"][1]],
        "control_method": [offered["control_method"][0]],
        "property_class_taken": offered["property_class_taken"][:2],
    }
    assert record["reference"] == "AB/26/123"
    assert record["committed_from"] == "2026-02-02T10:15"
    assert focused(page) == "saved"


def test_a_saved_record_is_as_the_schema_says_and_scores_as_the_page_showed(
    form: Form, standard: MinimumStandard
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    page = form.open("burglary_residential", "victim")
    page.fill("#reference", " WEB-77 ")
    page.fill("#committed_from", "2026-02-28T18:00")
    page.fill("#note", "They took their time.")
    page.check(option("entry_method", "lock_snap"))
    page.check(option("entry_point", "other"))
    page.check(option("occupied", "refused"))
    page.check("#entry_method .uncertain")
    shown = int(page.inner_text("#score"))
    record = saved(page)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(record)
    assert (record["reference"], record["reference_kind"], record["role"]) == ("WEB-77", "report_reference", "victim")
    assert (record["committed_from"], record["committed_to"]) == ("2026-02-28T18:00", None)
    assert record["note"] == "They took their time."
    assert {answer["item_code"]: answer["is_fact"] for answer in record["answers"]} == {
        "entry_method": False,
        "entry_point": True,
        "occupied": True,
    }
    assert parse_record(record, datetime.now(UTC))[1] == ()  # a refresh takes it as it is
    checked = check_records([record], standard).iloc[0]
    assert checked["findings"] == []
    assert checked["is_readable"]
    assert shown == int(checked["score"])
    assert 0 < checked["score"] < 100


@pytest.mark.parametrize("n_sets", [12, pytest.param(400, marks=pytest.mark.long)])
def test_the_page_judges_as_python_does_whatever_is_answered(
    form: Form, standard: MinimumStandard, n_sets: int
) -> None:
    """Every crime group and role, many sets of answers, those to questions that do not apply among them."""
    draw = random.Random(20260301)
    page = form.open("burglary_residential", "officer")
    compared = 0
    for group in standard.crime_groups:
        for role in standard.roles:
            sets = [random_answers(standard, group, role, draw) for _ in range(n_sets)]
            judged = page.evaluate(
                "([model, sets]) => sets.map((answers) => judge(model, answers))",
                [form_model(standard, group, role), sets],
            )
            for given in (sets, [found["kept"] for found in judged]):
                checked = check_records([plain_record(group, role, answers) for answers in given], standard)
                for found, row in zip(judged, checked.to_dict("records"), strict=True):
                    assert_same(found, row)
            compared += len(sets)
    assert compared == n_sets * 24


def random_answers(standard: MinimumStandard, group: str, role: str, draw: random.Random) -> dict[str, list[str]]:
    answers = {}
    for item in standard.asked(group, role):
        codes = [*item.value_labels, *standard.null_codes]
        if draw.random() < 0.75:
            n_codes = draw.randint(1, 3) if item.is_multi else 1
            answers[item.item_code] = draw.sample(codes, n_codes)
    return answers


def plain_record(group: str, role: str, answers: dict[str, list[str]]) -> dict[str, Any]:
    listed = [{"item_code": code, "values": values, "is_fact": True} for code, values in answers.items()]
    kind = "report_reference" if role == "victim" else "crime_id"
    return {**RECORD, "crime_group": group, "role": role, "reference_kind": kind, "answers": listed}


def assert_same(found: dict[str, Any], checked: dict[str, Any]) -> None:
    assert checked["is_readable"]
    assert (found["n_expected"], found["n_recorded"]) == (checked["n_expected"], checked["n_recorded"])
    assert ",".join(found["missing"]) == checked["missing_items"]
    assert sorted(one["rule"] for one in found["contradictions"]) == sorted(
        name for name in checked["contradictions"].split(",") if name
    )
    if found["score"] is None:
        assert checked["score"] != checked["score"]
    else:
        assert found["score"] == pytest.approx(checked["score"], rel=1e-12)


def test_a_contradiction_is_pointed_out_politely_and_never_stops_saving(form: Form) -> None:
    page = form.open("burglary_residential", "officer")
    notice = page.locator("#notice-tool_used")
    page.check(option("entry_method", "insecure"))
    assert notice.is_hidden()
    page.check(option("tool_used", "screwdriver"))
    assert "no force needed, yet a tool was used" in notice.inner_text()
    assert "No force needed" in page.locator("#status").inner_text()
    notice.get_by_role("button").click()
    assert focused(page) == "entry_method"
    assert answers_of(saved(page)) == {"entry_method": ["insecure"], "tool_used": ["screwdriver"]}
    page.click("#change")
    page.check(option("tool_used", "none"))
    assert notice.is_hidden()


def test_a_value_that_excludes_others_beside_another_is_pointed_out(form: Form) -> None:
    page = form.open("burglary_residential", "csi")
    page.check(option("forensic_trace", "none_found"))
    assert page.locator("#notice-forensic_trace").is_hidden()
    page.check(option("forensic_trace", "footwear"))
    assert "excludes every other" in page.locator("#notice-forensic_trace").inner_text()


def test_a_question_that_does_not_apply_leaves_and_its_answer_is_not_saved(form: Form) -> None:
    page = form.open("robbery_personal", "officer")
    question = page.locator("#offender_vehicle")
    page.check(option("escape", "car"))
    assert question.is_visible()
    page.check(option("offender_vehicle", "yes"))
    page.check(option("escape", "on_foot"))
    assert question.is_hidden()
    assert page.locator("#list-offender_vehicle").is_hidden()
    assert "left out: Offender's vehicle" in page.locator("#status").inner_text()
    assert "offender_vehicle" not in answers_of(saved(page))
    page.click("#change")
    page.check(option("escape", "moped_motorcycle"))
    assert question.is_visible()
    assert page.is_checked(option("offender_vehicle", "yes"))


def test_skipping_not_knowing_and_refusing_are_different_answers(form: Form) -> None:
    page = form.open("robbery_personal", "call_taker")
    page.locator("#approach .skip").click()
    assert focused(page) == "control_method"
    page.check(option("control_method", "unknown"))
    page.check(option("weapon_type", "refused"))
    page.check(option("n_offenders", "not_applicable"))
    page.check(option("disguise", "hood"))
    page.locator("#disguise .undo").click()
    assert focused(page) == "disguise"
    page.set_viewport_size(DESKTOP)
    assert page.locator("#list-approach span").inner_text() == "Skipped"
    assert page.locator("#list-control_method span").inner_text() == "Caller does not know"
    assert page.locator("#list-disguise span").inner_text() == "Not answered yet"
    assert answers_of(saved(page)) == {
        "control_method": ["unknown"],
        "weapon_type": ["refused"],
        "n_offenders": ["not_applicable"],
    }


def test_not_knowing_takes_the_place_of_what_was_chosen_and_the_other_way_round(form: Form) -> None:
    page = form.open("theft_from_vehicle", "victim")
    page.check(option("property_class_taken", "cash"))
    page.check(option("property_class_taken", "phone"))
    page.check(option("property_class_taken", "unknown"))
    assert answers_of(saved(page)) == {"property_class_taken": ["unknown"]}
    page.click("#change")
    page.check(option("property_class_taken", "phone"))
    assert answers_of(saved(page)) == {"property_class_taken": ["phone"]}


def test_the_score_rises_with_answers_that_say_something_only(form: Form, standard: MinimumStandard) -> None:
    page = form.open("burglary_residential", "officer")
    items = [item for item in standard.asked("burglary_residential", "officer") if not item.is_trial]
    possible = sum(standard.tiers[item.tier].weight for item in items)
    page.check(option("entry_point", "other"))
    assert page.inner_text("#score") == "0"
    assert page.locator("#entry_point .unspecific").is_visible()
    page.check(option("entry_point", "rear_door"))
    assert page.locator("#entry_point .unspecific").is_hidden()
    assert page.inner_text("#score") == str(int(100 * 3 / possible))  # an item of tier 1 weighs 3
    for item in items:
        value = next(code for code in item.value_labels if code not in item.unspecific)
        page.check(option(item.item_code, value))
    assert page.inner_text("#score") == "100"
    assert page.locator("#missing li").count() == 0


def test_a_draft_is_restored_after_the_page_was_closed_and_can_be_thrown_away(form: Form) -> None:
    first = form.open("burglary_residential", "victim")
    first.fill("#reference", "WEB-1")
    first.fill("#committed_to", "2026-02-28T18:00")
    first.fill("#note", "Half a sentence")
    first.check(option("entry_method", "lock_snap"))
    first.check(option("property_class_taken", "cash"))
    first.check("#entry_method .uncertain")
    first.locator("#occupied .skip").click()
    first.close()

    again = form.open("burglary_residential", "victim", agree=False)
    assert again.locator("#restored").is_visible()
    assert again.input_value("#reference") == "WEB-1"
    assert again.input_value("#committed_to") == "2026-02-28T18:00"
    assert again.input_value("#note") == "Half a sentence"
    assert again.is_checked(option("entry_method", "lock_snap"))
    assert again.is_checked("#entry_method .uncertain")
    assert again.is_checked(option("property_class_taken", "cash"))
    assert again.locator("#list-occupied span").text_content() == "Skipped"
    again.click("#start-again")
    assert again.locator("#agree").is_visible()
    again.close()

    anew = form.open("burglary_residential", "victim")
    assert anew.locator("#restored").is_hidden()
    assert anew.input_value("#reference") == ""
    assert not anew.is_checked(option("entry_method", "lock_snap"))


def test_a_draft_is_for_one_form_only_and_is_deleted_by_saving(form: Form) -> None:
    page = form.open("burglary_residential", "officer")
    page.fill("#reference", "AB/1")
    other = form.open("burglary_residential", "csi")
    assert other.locator("#restored").is_hidden()
    assert page.evaluate("localStorage.length") == 1
    first = saved(page)
    assert page.evaluate("localStorage.length") == 0
    page.close()
    again = form.open("burglary_residential", "officer")
    assert again.locator("#restored").is_hidden()
    again.fill("#reference", "AB/2")
    assert saved(again)["record_id"] != first["record_id"]


def test_a_draft_that_is_a_week_old_or_spoilt_is_not_restored(form: Form) -> None:
    page = form.open("burglary_residential", "officer")
    page.fill("#reference", "AB/1")
    page.reload()
    assert page.locator("#restored").is_visible()
    age = "k => { const d = JSON.parse(localStorage[k]); d.kept_at -= 8 * 864e5; localStorage[k] = JSON.stringify(d); }"
    key = page.evaluate("Object.keys(localStorage)[0]")
    page.evaluate(age, key)
    page.reload()
    assert page.locator("#restored").is_hidden()
    assert page.evaluate("localStorage.length") == 0
    for spoilt in ("{", "null", "[]", '{"kept_at": 1e99}', '{"kept_at": 4e12, "answers": {}}'):
        page.evaluate("([k, text]) => { localStorage[k] = text; }", [key, spoilt])
        page.reload()
        assert page.locator("#restored").is_hidden()
        assert page.locator("#reference").is_visible()


def test_clearing_a_shared_device_leaves_nothing_behind(form: Form) -> None:
    page = form.open("burglary_residential", "victim")
    page.fill("#reference", "WEB-1")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("#clear")
    assert page.input_value("#reference") == "WEB-1"
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#clear")
    assert page.evaluate("localStorage.length") == 0
    assert page.input_value("#reference") == ""
    page.close()
    assert form.open("burglary_residential", "victim").evaluate("localStorage.length") == 0


@pytest.mark.parametrize("fault", [NO_STORE, FULL_STORE], ids=["denied", "full"])
def test_a_browser_that_keeps_no_draft_is_named_and_the_form_still_saves(form: Form, fault: str) -> None:
    form.context.add_init_script(fault)
    page = form.open("theft_of_vehicle", "officer")
    assert page.locator("#no-draft").is_visible()
    page.check(option("keyless", "yes"))
    assert answers_of(saved(page)) == {"keyless": ["yes"]}


def test_times_that_cannot_be_right_are_pointed_out(form: Form) -> None:
    page = form.open("burglary_residential", "officer")
    page.clock.install(time="2026-03-01T12:00:00Z")
    notice = page.locator("#notice-committed_time")
    page.fill("#committed_to", "2026-02-28T17:59")
    assert "the first time too" in notice.inner_text()
    page.fill("#committed_from", "2026-02-28T18:00")
    assert "before the first" in notice.inner_text()
    page.fill("#committed_to", "2026-03-01T12:01")
    assert "future" in notice.inner_text()
    page.fill("#committed_to", "2026-03-01T12:00")
    assert notice.is_hidden()
    page.fill("#committed_from", "2026-02-28T11:59")  # a day and a minute
    assert "a long time open" in notice.inner_text()
    page.fill("#committed_from", "0026-02-28T11:59")
    assert "more than ten years ago" in notice.inner_text()
    page.fill("#committed_from", "2026-03-01T00:00")
    assert "Midnight" in notice.inner_text()
    assert saved(page)["committed_from"] == "2026-03-01T00:00"


def test_a_browser_without_a_field_for_times_saves_what_is_a_time_and_names_what_is_not(form: Form) -> None:
    page = form.open("burglary_residential", "officer")
    page.evaluate("for (const end of ['from', 'to']) document.getElementById('committed_' + end).type = 'text'")
    page.fill("#committed_from", "2026-02-27T18:00")
    page.fill("#committed_to", "Friday evening")
    assert "not complete" in page.inner_text("#notice-committed_time")
    record = saved(page)
    assert (record["committed_from"], record["committed_to"]) == ("2026-02-27T18:00", None)


def test_a_victim_sees_how_answers_are_used_before_anything_is_asked(form: Form) -> None:
    page = form.open("burglary_residential", "victim", agree=False)
    assert page.locator("#form").is_hidden()
    assert "not evidence that anybody is guilty" in page.inner_text("#privacy")
    page.click("#agree")
    assert page.locator("#form").is_visible()
    assert focused(page) == "reference"
    assert page.locator("#privacy p").first.is_hidden()
    assert form.open("burglary_residential", "officer").locator("#privacy").count() == 0


def test_a_call_taker_sees_the_time_spent_beside_what_it_should_take(form: Form) -> None:
    page = form.open("robbery_personal", "call_taker")
    page.clock.install()
    page.reload()
    assert page.locator("#approach legend").inner_text().startswith("Read aloud")
    page.clock.run_for(5000)
    assert page.inner_text("#clock").startswith("0:00 spent of about 1:")  # nothing was answered yet
    page.check(option("approach", "confront"))
    page.clock.run_for(65_000)
    assert page.inner_text("#clock").startswith("1:05 spent")


def test_the_record_can_be_copied_where_no_file_can_be_saved(form: Form) -> None:
    form.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = form.open("theft_of_vehicle", "officer")
    page.check(option("keyless", "no"))
    record = saved(page)
    page.click("#copy-part summary")
    page.click("#copy")
    page.wait_for_function("document.getElementById('copied').textContent !== ''")
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == record


def test_the_page_may_load_nothing_from_anywhere(form: Form) -> None:
    page = form.open("theft_of_vehicle", "officer")
    blocked = page.evaluate(
        """async () => {
            const blocked = [];
            document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
            await fetch("https://example.invalid/").catch(() => {});
            const image = new Image();
            image.src = "https://example.invalid/a.png";
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.head.append(script);
            await new Promise((resolve) => setTimeout(resolve, 200));
            return [blocked.sort(), window.ran];
        }"""
    )
    assert blocked == [["connect-src", "img-src", "script-src-elem"], None]
    form.requests.clear()
    form.faults.clear()


@pytest.mark.parametrize(("crime_group", "role"), [("burglary_residential", "victim"), ("robbery_personal", "officer")])
def test_nothing_has_to_be_scrolled_sideways_on_a_phone_even_with_text_twice_as_large(
    form: Form, crime_group: str, role: str
) -> None:
    page = form.open(crime_group, role)
    page.check(option("property_class_taken", "documents_id"))
    for size, widths in {"100%": (320, 390, 1280), "200%": (390, 1280)}.items():
        page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("[...document.querySelectorAll('main *')].every(one => one.scrollWidth <= innerWidth)")


def test_everything_that_is_touched_is_large_enough(form: Form) -> None:
    page = form.open("burglary_residential", "victim")
    page.check(option("entry_method", "insecure"))
    heights = page.evaluate(
        "[...document.querySelectorAll('.tile, .tick, button, summary, input[type=text], input[type=datetime-local]')]"
        ".filter((one) => one.offsetParent).map((one) => one.getBoundingClientRect().height)"
    )
    assert len(heights) > 60
    assert min(heights) >= 44  # CSS pixels, the enhanced size of WCAG 2.2


def test_the_page_jumps_instead_of_gliding_for_people_who_asked_for_that(form: Form) -> None:
    page = form.open("robbery_personal", "officer")
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    assert page.evaluate(behaviour) == "auto"
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(behaviour) == "smooth"


def test_what_has_focus_is_never_behind_the_bar(form: Form) -> None:
    page = form.open("robbery_personal", "officer")
    for item in ("weapon_type", "n_offenders", "escape"):
        page.evaluate("code => goTo(code)", item)
        hidden = page.evaluate(
            "code => { const bar = document.getElementById('progress').getBoundingClientRect();"
            " const first = document.activeElement.closest('.tile').getBoundingClientRect();"
            " const legend = document.querySelector(`#${code} legend`).getBoundingClientRect();"
            " return [first.top < bar.bottom, legend.top < bar.bottom, first.bottom > innerHeight]; }",
            item,
        )
        assert hidden == [False, False, False]
