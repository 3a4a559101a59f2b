"""Rows that take back an earlier row.

A retraction that matches exactly one row cancels both. One that matches none, or several so that nobody can say which,
is quarantined. Where several retractions match the same single row, the first cancels it and the others match nothing.
"""

import duckdb


def match_retractions(con: duckdb.DuckDBPyConnection, rows: str, fates: str) -> None:
    """Decide on every retraction among the mapped rows.

    Parameters
    ----------
    con
        Connection.
    rows
        Table with _file, _row, _is_kept, _retracts and _match, the joined text of the matched columns, NULL where all
        of them are missing.
    fates
        Table (_file, _row, fate, column_name, reason) to which the decisions are added.
    """
    con.execute(
        f"""
        insert into {fates}
        with retracted as (
            select distinct _match from {rows} where _is_kept and _retracts and _match is not null
        ),
        concerned as (
            select _file, _row, _retracts, _match,
                count(*) filter (not _retracts) over (partition by _match) as n_matching,
                row_number() over (partition by _match, _retracts order by _file, _row) as place
            from {rows} semi join retracted using (_match) where _is_kept
            union all
            select _file, _row, true, null, 0, 1 from {rows} where _is_kept and _retracts and _match is null
        )
        select _file, _row,
            case when n_matching = 1 and place = 1 then 'row_retracted' else 'row_quarantined' end,
            '_retracts',
            case
                when n_matching = 1 and place = 1 and _retracts then 'a retraction: cancels the one row that it matches'
                when n_matching = 1 and place = 1 then 'cancelled by the one retraction that matches it'
                when n_matching = 0 then 'a retraction that matches no row'
                when n_matching = 1 then 'a retraction of a row that another has cancelled'
                else 'a retraction that matches several rows'
            end
        from concerned where _retracts or n_matching = 1
        """
    )
