"""Looking into a chart."""

import struct

import pytest
import vl_convert

from linkage.figures.style import PHONE_WIDTH


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


@pytest.fixture(scope="session")
def fits_a_phone():
    """Return a function that renders a chart and tells whether it is as wide as a phone at most, and not a sliver."""

    def fits(chart):
        png = vl_convert.vegalite_to_png(chart.to_json(), scale=1)
        width, height = struct.unpack(">II", png[16:24])
        return 200 < width <= PHONE_WIDTH and height > 100

    return fits
