"""Which known groups have somebody in common."""

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, eye_array

from linkage.left_out_crimes import SharedOffenders
from linkage.link_graph import CoLinkageGraph


def shared_offenders(graph: CoLinkageGraph, offender_crimes: pd.DataFrame) -> SharedOffenders:
    """Tell for each known group the groups that share an offender with it, itself among them.

    Parameters
    ----------
    graph
    offender_crimes
        person_id, crime_id; rows of crimes that are in no known group are passed over.
    """
    position = pd.Index(graph.crime_ids).get_indexer(pd.Index(offender_crimes["crime_id"]))
    cluster = np.where(position >= 0, graph.known_cluster_of_crime[position], -1)
    person = pd.factorize(offender_crimes["person_id"])[0]
    is_in = (cluster >= 0) & (person >= 0)
    shape = (len(graph.groups), int(person.max(initial=-1)) + 1)
    is_member = csr_array((np.ones(is_in.sum(), np.int32), (cluster[is_in], person[is_in])), shape=shape)
    joined = is_member @ is_member.T
    # A group stands with itself also where nobody is named.
    ordered = csr_array(joined + eye_array(len(graph.groups), dtype=np.int32, format="csr"))
    ordered.sort_indices()
    return SharedOffenders(ordered.indptr.astype(np.int64), ordered.indices.astype(np.int64))
