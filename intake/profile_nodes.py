"""YAML with line numbers: every value knows its file, line and key, so that a complaint can name them.

Scalars are read as the text that stands in the file: an offence code 0416 or a flag `No` stays what somebody typed.
"""

import difflib
import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from intake.errors import ProfileError


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that somebody most likely meant, or None; case and separators weigh nothing."""
    plain = {_plain(candidate): candidate for candidate in sorted(known)}
    found = difflib.get_close_matches(_plain(name), list(plain), n=1, cutoff=0.55)
    return plain[found[0]] if found else None


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum()) or name


def suggestion(name: str, known: Collection[str]) -> str:
    """Return the sentence that ends a complaint about an unknown name."""
    likely = nearest(name, known)
    return f"did you mean {likely!r}?" if likely else "known: " + ", ".join(sorted(known)[:12])


@dataclass(frozen=True)
class ProfileNode:
    """One value of a profile, with the file, line and key where it stands."""

    file: str
    key: str
    node: yaml.Node

    @property
    def line(self) -> int:
        """Line of the file, from 1."""
        return int(self.node.start_mark.line) + 1

    def error(self, what: str, expected: str = "", got: str = "", remedy: str = "") -> ProfileError:
        """Return a complaint about this value."""
        where = f"{self.file} line {self.line}" + (f", {self.key}" if self.key else "")
        return ProfileError(where, what, expected, got, remedy)

    def is_mapping(self) -> bool:
        """Say whether keys stand below."""
        return isinstance(self.node, yaml.MappingNode)

    def is_list(self) -> bool:
        """Say whether a list stands below."""
        return isinstance(self.node, yaml.SequenceNode)

    def mapping(
        self, allowed: Collection[str] | None = None, required: Collection[str] = ()
    ) -> "dict[str, ProfileNode]":
        """Return the values below, by key; keys that are unknown, doubled or absent are refused."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("wrong shape", "keys with values", self._shape())
        children: dict[str, ProfileNode] = {}
        for key_node, value_node in self.node.value:
            name = str(key_node.value)
            child = ProfileNode(self.file, f"{self.key}.{name}" if self.key else name, value_node)
            at_key = ProfileNode(self.file, child.key, key_node)
            if allowed is not None and name not in allowed:
                raise at_key.error(f"unknown key {name!r}", remedy=suggestion(name, allowed))
            if name in children:
                raise at_key.error(f"key {name!r} stands twice", remedy="remove one of the two")
            children[name] = child
        absent = [name for name in required if name not in children]
        if absent:
            raise self.error(f"key {absent[0]!r} is missing", remedy=f"add {absent[0]!r} here")
        return children

    def items(self) -> "list[ProfileNode]":
        """Return the entries of a list; a single value counts as a list of one."""
        if not isinstance(self.node, yaml.SequenceNode):
            return [self]
        return [ProfileNode(self.file, f"{self.key}[{n}]", node) for n, node in enumerate(self.node.value)]

    def text(self) -> str:
        """Return the text as it stands in the file."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("wrong shape", "one value", self._shape())
        return str(self.node.value)

    def filled(self) -> str:
        """Return the text, which may not be blank."""
        text = self.text().strip()
        if not text:
            raise self.error("nothing stands here", "a value")
        return text

    def texts(self) -> tuple[str, ...]:
        """Return one text or a list of texts."""
        return tuple(item.text() for item in self.items())

    def choice(self, known: Collection[str]) -> str:
        """Return one of the known words."""
        text = self.text()
        if text not in known:
            raise self.error(
                "unknown value", " or ".join(known) if len(known) < 8 else "", repr(text), suggestion(text, known)
            )
        return text

    def flag(self) -> bool:
        """Return true or false."""
        return self.choice(("true", "false")) == "true"

    def number(self) -> float:
        """Return a finite number."""
        try:
            number = float(self.text())
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self.error("not a number", "a number", repr(self.text()))
        return number

    def date(self) -> datetime:
        """Return a date, at its first moment."""
        try:
            return datetime.fromisoformat(self.text()).replace(tzinfo=None)
        except ValueError:
            raise self.error("not a date", "YYYY-MM-DD", repr(self.text())) from None

    def _shape(self) -> str:
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        return "keys with values" if isinstance(self.node, yaml.MappingNode) else f"the value {self.node.value!r}"


def read_profile_file(path: Path) -> ProfileNode:
    """Return the top of a profile's YAML.

    Raises
    ------
    ProfileError
        Where the file cannot be opened, is no YAML (with the line), or is empty.
    """
    try:
        top = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ProfileError(str(path), f"the profile cannot be opened ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ProfileError(str(path), "the profile is not UTF-8", remedy="save it as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ProfileError(f"{path.name} line {line}", f"not valid YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise ProfileError(path.name, "not valid YAML: a character that YAML forbids") from None
    if top is None:
        raise ProfileError(path.name, "the profile is empty")
    return ProfileNode(path.name, "", top)
