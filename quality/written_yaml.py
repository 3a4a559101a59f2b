"""Files that people write in YAML: no key twice, every key known, every value of its kind, faults told in one line."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from quality.errors import QualityError, nearest

Kind = type | tuple[type, ...]


class _Loader(yaml.SafeLoader):
    """YAML 1.1 without its habit of letting the last of two equal keys win."""


class _TwiceError(ValueError):
    """A key stands twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Hashable] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise _TwiceError(f"line {key_node.start_mark.line + 1}: key {key!r} stands twice; keep one")
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path, error: type[QualityError]) -> Any:
    """Read a file of YAML in UTF-8; raise `error` where it cannot be read, is no YAML, or holds a key twice."""
    try:
        return yaml_of(path.read_text(encoding="utf-8"), error)
    except OSError as fault:
        raise error(f"cannot be read ({fault.strerror}); give the path of a YAML file") from fault
    except UnicodeDecodeError as fault:
        raise error(f"is not YAML in UTF-8: {fault}") from fault


def yaml_of(text: str, error: type[QualityError]) -> Any:
    """Read YAML; raise `error` where it is none, or holds a key twice."""
    try:
        return yaml.load(text, Loader=_Loader)
    except _TwiceError as fault:
        raise error(str(fault)) from None
    except yaml.YAMLError as fault:
        raise error(f"is not YAML in UTF-8: {' '.join(str(fault).split())}") from fault


def keyed(
    node: object, where: str, required: Mapping[str, Kind], optional: Mapping[str, Kind], error: type[QualityError]
) -> dict[str, Any]:
    """Return a mapping that has the required keys, none that is not known, and values of their kinds."""
    of_kind(node, where, dict, error)
    assert isinstance(node, dict)
    known = {**required, **optional}
    for key in node:
        if key not in known:
            raise error(f"{where}: key {key!r} is not known; {nearest(key, known)}")
    for key in required:
        if key not in node:
            raise error(f"{where}: key {key!r} is missing; add it")
    for key, value in node.items():
        of_kind(value, place_of(key, where), known[key], error)
    return node


def place_of(key: object, where: str) -> str:
    """Return how a message names a key of a place; those of the file itself stand alone."""
    return str(key) if where == "the file" else f"{where}.{key}"


def of_kind(value: object, where: str, kind: Kind, error: type[QualityError]) -> None:
    """Raise `error` unless the value is of the kind; words must hold some."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    # bool is an int to Python, but `seconds: true` is a slip of the pen
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        expected = " or ".join(kind.__name__ for kind in kinds)
        raise error(f"{where}: expected {expected}, got {type(value).__name__} {value!r}")
    if isinstance(value, str) and not value.strip():
        raise error(f"{where}: expected words, got {value!r}; write them")
