"""Force profiles: finding one by name or file, and loading it validated."""

from pathlib import Path

from intake.errors import ProfileError
from intake.profile_nodes import read_profile_file, suggestion
from intake.profile_parsing import parse_profile
from intake.profile_schema import (
    LOCAL_GRID,
    Area,
    CodedCells,
    ColumnMapping,
    ForceProfile,
    Limits,
    Retraction,
    RowFilter,
    Source,
    TableMapping,
    WordingMatch,
)

__all__ = [
    "LOCAL_GRID",
    "Area",
    "CodedCells",
    "ColumnMapping",
    "ForceProfile",
    "Limits",
    "Retraction",
    "RowFilter",
    "Source",
    "TableMapping",
    "WordingMatch",
    "find_profile",
    "load_profile",
    "profile_names",
]

PROFILES = Path(__file__).resolve().parents[1] / "forces"
"""Folder of the profiles that ship."""


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that ship, sorted."""
    return tuple(sorted(path.stem for path in PROFILES.glob("*.yaml")))


def find_profile(name_or_path: str | Path) -> Path:
    """Return the file of a profile, given its name in `forces/` or the path of a YAML file.

    Raises
    ------
    ProfileError
        Where there is no such profile; names the nearest.
    """
    text = str(name_or_path)
    path = Path(text).expanduser()
    if path.suffix in {".yaml", ".yml"} or path.parent != Path():
        if path.is_file():
            return path
        raise ProfileError(
            text, "no such profile file", remedy="give a YAML file, or a name: " + ", ".join(profile_names())
        )
    shipped = PROFILES / f"{text}.yaml"
    if shipped.is_file():
        return shipped
    raise ProfileError(text, "no such force profile", remedy=suggestion(text, profile_names()))


def load_profile(name_or_path: str | Path) -> ForceProfile:
    """Return a profile, checked whole: keys, shapes, names, layouts, patterns, coordinate systems.

    Parameters
    ----------
    name_or_path
        Name of a profile in `forces/`, or the path of a YAML file.

    Raises
    ------
    ProfileError
        In one line: file, line, key, what was expected and the nearest valid key.
    """
    path = find_profile(name_or_path)
    return parse_profile(read_profile_file(path), path)
