"""How recording goes from month to month, as both reports draw it."""

# Counts of the items together are of judgements, several of each crime; of every crime the place is judged once.
TREND = """
    with trends as ({trends}),
    crimes as (
        select crime_group, month, n_expected as n_crimes from trends
        where area_code = 'all' and item_code = 'location' and dimension = 'completeness'
    )
    select crime_group, month, share, centre, lower, upper, signal from trends join crimes using (crime_group, month)
    where area_code = 'all' and item_code = 'all' and dimension = 'completeness' and n_crimes >= {least_crimes}
    order by crime_group, month
"""


def trend_query(trends: str, least_crimes: int) -> str:
    """Return the query for the share of items recorded by crime group and month, with its control limits.

    Parameters
    ----------
    trends
        Query for the rows of `mo_trends` of one refresh.
    least_crimes
        Months of fewer crimes are left out.
    """
    return TREND.format(trends=trends, least_crimes=least_crimes)
