"""Large tables of the warehouse as frames in which text is held as categories: a number a value, not a string."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from assets.warehouse import Warehouse

ROWS_AT_ONCE = 1_000_000


def coded_frame(warehouse: Warehouse, query: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
    """Return the rows of a query; columns of text are categories.

    Parameters
    ----------
    warehouse
        Where to ask.
    query, parameters
        The query and what stands in it for question marks.
    """
    with warehouse.connect() as connection:
        reader = connection.sql(query, params=list(parameters)).to_arrow_reader(ROWS_AT_ONCE)
        # the empty table first, so that a query without rows has its columns all the same
        tables = [_coded(reader.schema.empty_table()), *(_coded(pa.Table.from_batches([batch])) for batch in reader)]
    table = pa.concat_tables(tables).unify_dictionaries()
    del tables
    # each column is freed once it is converted, or the rows would be held twice
    return table.to_pandas(split_blocks=True, self_destruct=True)


def _coded(table: pa.Table) -> pa.Table:
    # A column that is kept as it came would keep all the text that came with it in memory, so it is copied.
    everything = pa.array(np.arange(table.num_rows))
    columns = [
        column.dictionary_encode() if pa.types.is_string(column.type) else column.take(everything)
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)
