from typing import Any

import yaml

from quality.minimum_standard import STANDARD_FILE, MinimumStandard, standard_from_document
from quality.standard_changes import COLUMNS, changes
from quality.standard_document import check_document


def _edited(edit: Any) -> MinimumStandard:
    document = yaml.safe_load(STANDARD_FILE.read_text(encoding="utf-8"))
    edit(document)
    check_document(document)
    return standard_from_document(document)


def _rows(old: MinimumStandard, new: MinimumStandard) -> list[tuple[str, ...]]:
    found = changes(old, new)
    assert list(found.columns) == COLUMNS
    return list(found.itertuples(index=False, name=None))


def test_equal_standards_differ_in_nothing(standard: MinimumStandard) -> None:
    assert changes(standard, standard).empty
    assert list(changes(standard, standard).columns) == ["crime_group", "item_code", "what", "from", "to"]


def test_every_kind_of_difference_is_one_row(standard: MinimumStandard) -> None:
    def edit(document: Any) -> None:
        document["version"] = "1.1"
        robbery = document["crime_groups"]["robbery_personal"]
        robbery["items"][-1]["tier"] = 4  # escape
        robbery["items"].append({"item": "forensic_trace", "tier": 2})
        robbery["trial"] = [{"item": "offender_vehicle"}]  # its condition and forensic_trace are gone
        document["items"]["keyless"]["seconds"] = 7
        document["items"]["keyless"]["questions"]["victim"] = "Is it keyless?"
        document["items"]["where_parked"]["values"]["multi_storey"] = "Multi-storey car park"
        document["items"]["escape"]["unspecific"] = []
        document["targets"]["completeness"][1] = 0.95
        document["limits"]["least_shown"] = 5
        del document["consistency"]["relay_without_keyless"]

    victims = "Does your vehicle open or start without putting in a key?"
    vehicle = "escape in car, moped_motorcycle"
    relay = "Keyless signal relayed, yet the vehicle is not keyless: keyless in no, entry_method in relay_keyless"
    assert _rows(standard, _edited(edit)) == [
        ("", "", "limit least_shown", "10", "5"),
        ("", "", "target completeness tier 1", "0.9", "0.95"),
        ("", "", "version", "1.0", "1.1"),
        ("", "escape", "unspecific", "other", ""),
        ("", "keyless", "question for victim", victims, "Is it keyless?"),
        ("", "keyless", "rule relay_without_keyless", relay, ""),
        ("", "keyless", "seconds", "5", "7"),
        ("", "where_parked", "value multi_storey", "", "Multi-storey car park"),
        ("robbery_personal", "escape", "tier", "3", "4"),
        ("robbery_personal", "forensic_trace", "tier", "on trial", "2"),
        ("robbery_personal", "offender_vehicle", "asked when", vehicle, ""),
    ]


def test_what_was_added_one_way_is_gone_the_other_way(standard: MinimumStandard) -> None:
    def edit(document: Any) -> None:
        document["crime_groups"]["theft_from_person"]["trial"] = [{"item": "damage_level"}]

    with_trial = _edited(edit)
    assert _rows(standard, with_trial) == [("theft_from_person", "damage_level", "tier", "", "on trial")]
    assert _rows(with_trial, standard) == [("theft_from_person", "damage_level", "tier", "on trial", "")]


def test_layout_and_order_of_the_file_are_no_difference(standard: MinimumStandard) -> None:
    def edit(document: Any) -> None:
        document["items"] = {code: document["items"][code] for code in reversed(document["items"])}

    assert changes(standard, _edited(edit)).empty
