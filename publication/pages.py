"""How pages are made of templates: every value escaped, unknown names refused, numbers as people say them."""

from pathlib import Path
from typing import TYPE_CHECKING

from publication import wording

if TYPE_CHECKING:
    from jinja2 import Environment

SAID = (
    *("count", "percent", "times", "moment", "day", "days", "distance", "words", "several", "css_string", "one_in"),
    *("rare", "measure"),
)
"""Functions of `wording` that templates may use."""


def page_environment() -> "Environment":
    """Return what renders the templates beside this module."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(wording, name) for name in SAID}
    return environment
