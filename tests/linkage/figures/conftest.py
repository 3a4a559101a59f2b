"""Looking into a chart."""

import pytest


def _found(part, key):
    if isinstance(part, dict):
        for name, value in part.items():
            if name == key:
                yield value
            yield from _found(value, key)
    if isinstance(part, list):
        for one in part:
            yield from _found(one, key)


@pytest.fixture(scope="session")
def found():
    """Return a function that lists what stands under a key anywhere in a chart (already a dict)."""
    return lambda chart, key: list(_found(chart, key))


@pytest.fixture(scope="session")
def drawn():
    """Return a function that lists the inline data of a chart (already a dict), a list of rows each."""
    return lambda chart: [data["values"] for data in _found(chart, "data") if "values" in data]
