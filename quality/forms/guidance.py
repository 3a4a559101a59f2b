"""Printable prompt cards: for each role one HTML page, a crime group on one A4 side or two, made from the standard.

A card asks what the form asks, in the same order and words, with a box to tick for every value, so that it serves
where no screen is at hand. ``python -m quality.forms.guidance FOLDER`` writes a card for every role.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from quality.forms.form_model import WORDS_FILE, FormWords, asking_order, form_words
from quality.minimum_standard import AskedItem, MinimumStandard, load_minimum_standard
from quality.standard_wording import conditions_in_words

FOLDER = Path(__file__).parent


class Side(NamedTuple):
    """What a card says of one crime group."""

    crime_group: str
    label: str
    words: FormWords
    questions: tuple[tuple[AskedItem, str], ...]
    contradictions: tuple[str, ...]
    seconds: float


def prompt_card(
    standard: MinimumStandard, role: str, crime_groups: Sequence[str] | None = None, *, words_file: Path = WORDS_FILE
) -> str:
    """Return the prompt card of a role as one HTML page without any outside reference.

    Parameters
    ----------
    standard
        The minimum standard.
    role
        Whose card.
    crime_groups
        Which crime groups, each on a side of its own; all that ask the role for something where none are given.
    words_file
        The force's own words (layout of ``form_words.yaml``).

    Raises
    ------
    StandardError
        For a crime group or role that is not known, or words that are missing.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    groups = standard.crime_groups if crime_groups is None else crime_groups
    sides = [_side(standard, group, role, words_file) for group in groups if standard.asked(group, role)]
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("guidance.html.j2").render(
        role=standard.roles[role],
        sides=sides,
        nulls=sides[0].words.role if sides else {},
        version=standard.version,
        style=Markup((FOLDER / "guidance.css").read_text(encoding="utf-8")),
    )


def write_prompt_cards(standard: MinimumStandard, folder: Path) -> list[Path]:
    """Write ``prompt_card_<role>.html`` for every role into a folder, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for role in standard.roles:
        path = folder / f"prompt_card_{role}.html"
        path.write_text(prompt_card(standard, role), encoding="utf-8", newline="\n")
        written.append(path)
    return written


def _side(standard: MinimumStandard, crime_group: str, role: str, words_file: Path) -> Side:
    asked = {item.item_code: item for item in standard.asked(crime_group, role)}
    in_order = [asked[code] for code in asking_order(asked.values())]
    return Side(
        crime_group,
        standard.crime_groups[crime_group].label,
        form_words(crime_group, role, words_file),
        tuple((item, conditions_in_words(item.applies_when, standard)) for item in in_order),
        tuple(_contradictions(standard, set(asked))),
        sum(item.seconds for item in in_order),
    )


def _contradictions(standard: MinimumStandard, asked: set[str]) -> Iterator[str]:
    """Yield what two answers on the side cannot both be."""
    for rule in standard.consistency:
        if {rule.first.field, rule.second.field} <= asked:
            yield rule.label


def main() -> None:
    """Write the cards of the standard that ships with the software into the folder that is named."""
    parser = argparse.ArgumentParser(prog="python -m quality.forms.guidance", description="Write the prompt cards.")
    parser.add_argument("folder", type=Path, help="where the cards go, one HTML file a role")
    for path in write_prompt_cards(load_minimum_standard(), parser.parse_args().folder):
        print(path)


if __name__ == "__main__":
    main()
