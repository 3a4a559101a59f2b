"""YAML that people write: what is refused, and in which words."""

from pathlib import Path
from typing import Any

import pytest

from quality.errors import StandardError
from quality.practice.errors import PracticeError
from quality.written_yaml import keyed, of_kind, place_of, read_yaml, yaml_of


def test_a_key_that_stands_twice_is_refused_with_its_line_at_any_depth() -> None:
    with pytest.raises(StandardError, match=r"^line 3: key 'b' stands twice; keep one$"):
        yaml_of("a:\n  b: 1\n  b: 2\n", StandardError)
    assert yaml_of("a: {b: 1}\nc: {b: 1}\n", StandardError) == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_file_that_is_absent_no_yaml_or_no_utf_8_is_one_line_of_the_callers_own_error(tmp_path: Path) -> None:
    path = tmp_path / "costs.yaml"
    with pytest.raises(PracticeError, match=r"cannot be read \(No such file or directory\); give the path"):
        read_yaml(path, PracticeError)
    path.write_text("a: [1,\nb: 2", encoding="utf-8")
    with pytest.raises(PracticeError, match="is not YAML in UTF-8") as told:
        read_yaml(path, PracticeError)
    assert "\n" not in str(told.value)
    path.write_bytes(b"a: \xff")
    with pytest.raises(PracticeError, match="is not YAML in UTF-8"):
        read_yaml(path, PracticeError)


@pytest.mark.parametrize(
    ("node", "told"),
    [
        ([], "limits: expected dict, got list []"),
        ({"hours": 1, "lable": "x"}, "limits: key 'lable' is not known; nearest is 'label'"),
        ({"label": "x"}, "limits: key 'hours' is missing; add it"),
        ({"label": "x", "hours": True}, "limits.hours: expected int or float, got bool True"),
        ({"label": " ", "hours": 1}, "limits.label: expected words, got ' '; write them"),
    ],
)
def test_a_mapping_is_held_to_its_keys_and_kinds(node: Any, told: str) -> None:
    with pytest.raises(StandardError) as error:
        keyed(node, "limits", {"hours": (int, float)}, {"label": str}, StandardError)
    assert str(error.value) == told


def test_what_keeps_the_form_comes_back_as_it_is() -> None:
    node = {"hours": 1.5, "is_new": False}
    assert keyed(node, "the file", {"hours": (int, float)}, {"is_new": bool}, StandardError) is node
    of_kind(3, "n", int, StandardError)
    assert place_of("a", "the file") == "a"
    assert place_of("a", "b") == "b.a"
