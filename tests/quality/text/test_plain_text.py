"""Plain text has the length of what was written, and is parted where statements end."""

import random

import pytest

from quality.text.plain_text import plain_text, sentences


def test_every_character_becomes_one_plain_character():
    chance = random.Random(2)
    text = "".join(chr(chance.randrange(0x11000)) for _ in range(5_000))
    plain = plain_text(text)
    assert len(plain) == len(text)
    assert plain.isascii()


def test_plain_text_is_its_own_plain_text():
    text = "POE \u2018rear\u2019 door \u2013 caf\u00e9\u2026"
    assert plain_text(text) == "POE 'rear' door - cafe."
    assert plain_text(plain_text(text)) == plain_text(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Rear door forced. No damage.", ["Rear door forced", "No damage"]),
        ("Rear door forced.No damage", ["Rear door forced", "No damage"]),
        ("Entry at 3.45am via o/s door", ["Entry at 3.45am via o/s door"]),
        ("Poss. via rear door", ["Poss. via rear door"]),
        ("Via grd. flr. window", ["Via grd. flr. window"]),
        ("POE rear dr. No damage", ["POE rear dr", "No damage"]),
        ("Burglary at no. 12", ["Burglary at no. 12"]),
        ("forced; searched", ["forced", "searched"]),
        ("POE ? rear door", ["POE ? rear door"]),
        ("Rear door? Not known", ["Rear door", "Not known"]),
        ("came in through the\nrear door", ["came in through the\nrear door"]),
        ("POE: rear door\nMOE: snapped", ["POE: rear door", "MOE: snapped"]),
        ("one\n\ntwo", ["one", "two"]),
        (f"{'X' * 70} REAR\nDOOR", [f"{'X' * 70} REAR\nDOOR"]),
        (" . ", []),
        ("", []),
    ],
)
def test_statements_are_parted(text: str, parts: list[str]):
    plain = plain_text(text)
    assert [plain[start:end].strip() for start, end in sentences(plain)] == parts
