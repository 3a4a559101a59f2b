"""A form as one file: nothing outside it, everything escaped, the force's words where they belong."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from quality.errors import StandardError
from quality.forms.form import SCRIPTS, build_form
from quality.forms.form_model import WORDS_FILE, form_model
from quality.minimum_standard import MinimumStandard, load_minimum_standard
from quality.standard_document import read_document

STANDARD = load_minimum_standard()
FORMS = [(group, role) for group in STANDARD.crime_groups for role in STANDARD.roles]


def block(page: str, start: str, end: str) -> str:
    return page.split(start)[1].split(end)[0]


@pytest.mark.parametrize(("crime_group", "role"), FORMS)
def test_every_form_asks_what_its_role_is_asked_in_order_with_the_reason(crime_group: str, role: str) -> None:
    page = build_form(STANDARD, crime_group, role)
    asked = STANDARD.asked(crime_group, role)
    assert re.findall(r'<fieldset class="question" id="(\w+)"', page) == [
        "committed_time",
        *(item.item_code for item in asked),
    ]
    assert page.count("<b>Why we ask</b>") == len(asked)
    for item in asked:
        values = re.findall(rf'name="{item.item_code}" value="(\w+)"( data-null)?', page)
        assert [value for value, null in values if not null] == list(item.value_labels)
        assert [value for value, null in values if null] == ["unknown", "not_applicable", "refused"]


@pytest.mark.parametrize(("crime_group", "role"), FORMS[:4])
def test_a_form_refers_to_nothing_outside_itself(crime_group: str, role: str) -> None:
    page = build_form(STANDARD, crime_group, role)
    assert not re.search(r"https?:|//[a-z]|<link|<img|<iframe|@import|url\(|\ssrc=", page)
    assert set(re.findall(r'href="([^"]*)"', page)) >= {"#main"}
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', page))
    assert len(page.encode("utf-8")) < 120_000


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() -> None:
    page = build_form(STANDARD, "robbery_personal", "officer")
    policy = block(page, 'Content-Security-Policy" content="', '"')

    def digest(text: str) -> str:
        return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    style, script = block(page, "<style>", "</style>"), page.split("<script>")[1].split("</script>")[0]
    assert policy.replace("&#39;", "'").split("; ") == [
        "default-src 'none'",
        f"style-src '{digest(style)}'",
        f"script-src '{digest(script)}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_the_page_carries_the_model_that_the_script_reads() -> None:
    page = build_form(STANDARD, "robbery_personal", "victim")
    embedded = json.loads(block(page, '<script type="application/json" id="model">', "</script>"))
    assert embedded == form_model(STANDARD, "robbery_personal", "victim") | {"reference_kind": "report_reference"}


def test_words_of_the_standard_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    from quality.minimum_standard import standard_from_document

    hostile = "</script><script>alert(1)</script>\"'<!--&amp;"
    document = read_document(Path(__file__).parents[3] / "quality" / "minimum_standard.yaml")
    item = document["items"]["approach"]
    item["question"] = item["why"] = item["label"] = hostile
    item["questions"] = {}
    item["values"]["confront"] = hostile
    page = build_form(standard_from_document(document), "robbery_personal", "officer")
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    assert "<!--" not in page
    embedded = json.loads(block(page, '<script type="application/json" id="model">', "</script>"))
    assert embedded["items"][0]["question"] == hostile


def test_a_privacy_notice_is_shown_to_victims_as_the_force_wrote_it(tmp_path: Path) -> None:
    notice = tmp_path / "notice.md"
    notice.write_text(
        "<!-- not shown\n\nat all -->\n\n## Who & why\nOne line\nand the next.\n\n- first <b>\n- second\n",
        encoding="utf-8",
    )
    page = build_form(STANDARD, "robbery_personal", "victim", privacy_file=notice)
    assert "<h3>Who &amp; why</h3>\n<p>One line and the next.</p>" in page
    assert "<ul><li>first &lt;b&gt;</li><li>second</li></ul>" in page
    assert "not shown" not in page
    for role in ("call_taker", "officer", "csi"):
        assert 'id="privacy"' not in build_form(STANDARD, "robbery_personal", role, privacy_file=notice)


def test_the_privacy_notice_that_ships_is_marked_as_a_draft_and_says_what_it_must() -> None:
    text = (WORDS_FILE.parent / "privacy_notice.md").read_text(encoding="utf-8")
    assert "draft for the force's data protection officer" in text.splitlines()[0]
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == [
        "What this is for",
        "Who reads it",
        "What it is not",
        "How long we keep it",
        "Your choice",
    ]
    page = build_form(STANDARD, "robbery_personal", "victim")
    assert all(f"<h3>{heading}</h3>" in page for heading in headings)
    assert "not evidence that anybody is guilty" in page


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    uncertain: This is my best guess\n", "", "roles.victim: key 'uncertain' is missing; add it"),
        ("    unknown: I do not know", "    unknwon: I do not know", "roles.victim: key 'unknown' is missing; add it"),
        ("  victim:\n", "  victims:\n", "roles: expected 'victim', got none; nearest is 'victims'"),
        ("burglary_residential, ", "", "times: no entry is for 'burglary_residential'"),
        ("times:\n", "time:\n", "times: expected a mapping, got NoneType"),
        ("roles:\n", "roles: [\n", "while parsing a flow sequence"),
    ],
)
def test_words_that_are_missing_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = WORDS_FILE.read_text(encoding="utf-8")
    assert old in text
    words = tmp_path / "words.yaml"
    words.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(StandardError) as error:
        build_form(STANDARD, "burglary_residential", "victim", words_file=words)
    assert str(error.value).startswith(f"{words}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_force_puts_its_name_and_words_on_the_form(tmp_path: Path) -> None:
    text = WORDS_FILE.read_text(encoding="utf-8")
    words = tmp_path / "words.yaml"
    words.write_text(text.replace('force_name: ""', "force_name: North & South Police"), encoding="utf-8")
    page = build_form(STANDARD, "robbery_personal", "officer", words_file=words)
    assert '<p class="brand">North &amp; South Police</p>' in page


def test_a_form_for_nobody_is_refused_with_the_nearest_name(standard: MinimumStandard) -> None:
    with pytest.raises(StandardError, match="nearest is 'robbery_personal'"):
        build_form(standard, "robbery_persona", "victim")
    with pytest.raises(StandardError, match="nearest is 'victim'"):
        build_form(standard, "robbery_personal", "victims")


def test_the_scripts_stay_small_enough_to_be_read() -> None:
    lines = {name: len((WORDS_FILE.parent / name).read_text(encoding="utf-8").splitlines()) for name in SCRIPTS}
    assert sum(lines.values()) < 600
    assert max(lines.values()) < 200
