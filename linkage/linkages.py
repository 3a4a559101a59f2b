"""The three ways to compare two clusters of crimes: average, single and complete linkage."""

AVERAGE, SINGLE, COMPLETE = 0, 1, 2
LINKAGES = ("average", "single", "complete")


class HierarchyError(ValueError):
    """A clustering was asked of data that cannot give one."""


def linkage_code(linkage: str) -> int:
    """Return the number by which compiled loops know a linkage.

    Raises
    ------
    HierarchyError
        When it is not `average`, `single` or `complete`.
    """
    if linkage not in LINKAGES:
        raise HierarchyError(f"linkage: expected one of {', '.join(LINKAGES)}, got {linkage!r}; choose one of these")
    return LINKAGES.index(linkage)
