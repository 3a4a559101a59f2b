"""Findings with whether linkage compares the crime by a value of the item all the same: then no evidence is lost."""


def compared_findings(findings: str, values: str) -> str:
    """Return a query of findings with is_compared.

    Parameters
    ----------
    findings, values
        The tables `mo_findings` and `mo_values` (or queries in brackets), of one refresh. `mo_values` holds what crimes
        are compared by: no value that says nothing, and what the text says only where it is evidence.

    Returns
    -------
    str
        SQL in brackets: the columns of findings, and is_compared (boolean).
    """
    return f"""(
        select found.*, held.crime_id is not null as is_compared
        from {findings} as found
        left join (select distinct crime_id, item_code from {values}) as held using (crime_id, item_code)
    )"""
