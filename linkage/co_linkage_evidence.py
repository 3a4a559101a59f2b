"""Which kinds of evidence co-linkage judges by."""

from dataclasses import dataclass


class CoLinkageError(ValueError):
    """Co-linkage was asked for something that its data or settings cannot give."""


@dataclass(frozen=True)
class CoLinkageEvidence:
    """A switch for each kind of evidence; with all of them off, labels follow from sizes alone.

    Parameters
    ----------
    place
        Easting and northing: normal within a series.
    time
        The moment, often known within a window only: normal within a series.
    features
        Other continuous columns, each normal within a series on a scale of its own; NaN is missing at random.
    items
        Categorical columns of one value. Several values (a tuple) count as one, their combination.
    multi_valued_items
        Columns of tuples, whose values are each present or absent within a series. A crime that records none
        (None or an empty tuple) is missing at random.
    time_of_day
        Bins of three hours on the local clock (``committed_from_local``, else ``committed_from_at``), each with
        a probability of its own within a series. A window longer than a day says no time of day.
    """

    place: bool = True
    time: bool = True
    features: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    multi_valued_items: tuple[str, ...] = ()
    time_of_day: bool = False

    def __post_init__(self) -> None:
        for name in ("features", "items", "multi_valued_items"):
            columns = getattr(self, name)
            if isinstance(columns, str) or len(set(columns)) < len(columns):
                raise CoLinkageError(f"{name}: expected a tuple of different columns, got {columns!r}; list each once")
            object.__setattr__(self, name, tuple(columns))
        twice = set(self.items) & set(self.multi_valued_items)
        if twice:
            raise CoLinkageError(f"{sorted(twice)} stand in items and multi_valued_items; count each column one way")

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the crimes that this evidence reads."""
        place = ("easting_m", "northing_m") if self.place else ()
        time = ("committed_from_at", "committed_to_at") if self.time or self.time_of_day else ()
        return (*place, *time, *self.features, *self.items, *self.multi_valued_items)
