"""The links of a force as tables, some rows at a time: those of a million crimes do not fit into memory at once."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.evidence import EncodedCrimes, EvidenceSpec, encode_crimes, encoded_evidence
from linkage.force_links import ForceLinks
from linkage.pair_lists import PairArrays
from linkage.pair_scores import LinkModel, item_of, slices
from linkage.posterior import posterior_probability

Ints = npt.NDArray[np.int64]

LINKS_PER_FRAME = 500_000
LINKS_OF_TERMS = 100_000
"""Links whose terms make one table: a link has about fifteen."""


def link_frames(
    crimes: pd.DataFrame,
    spec: EvidenceSpec,
    found: ForceLinks,
    prior_log_odds: float,
    links_per_frame: int = LINKS_PER_FRAME,
) -> Iterator[pd.DataFrame]:
    """Yield the links with their evidence.

    Parameters
    ----------
    crimes : DataFrame
        In order of crime_id, as they were scored.
    spec : EvidenceSpec
    found : ForceLinks
    prior_log_odds : float
        Natural log of the prior odds of a pair.
    links_per_frame : int

    Yields
    ------
    DataFrame
        crime_id_1 < crime_id_2, log_bf, posterior_probability, is_same_incident and the evidence columns, sorted by
        the ids throughout; one frame without rows where there are no links.
    """
    encoded = encode_crimes(crimes, spec)
    for part in slices(len(found.links.first), links_per_frame):
        links = found.links.where(part)
        frame = _pair_frame(crimes["crime_id"], links).assign(
            posterior_probability=posterior_probability(links.log_bf, prior_log_odds),
            is_same_incident=found.is_same_incident[part],
        )
        # Evidence is made again for the few links kept: storing it for every pair would cost far more.
        evidence = _evidence(encoded, spec, links)
        # Plain text: categories of a column can differ from frame to frame.
        texts = {name: "str" for name in evidence.columns if evidence[name].dtype.kind not in "fi"}
        yield pd.concat([frame, evidence.astype(texts)], axis="columns")


def term_frames(
    crimes: pd.DataFrame,
    model: LinkModel,
    spec: EvidenceSpec,
    links: PairArrays,
    links_per_frame: int = LINKS_OF_TERMS,
) -> Iterator[pd.DataFrame]:
    """Yield what each item contributes to each link; an item that says nothing of a link has no row.

    Parameters
    ----------
    crimes, spec
        As in `link_frames`.
    model : LinkModel
    links : PairArrays
    links_per_frame : int

    Yields
    ------
    DataFrame
        crime_id_1, crime_id_2, item, log_bf (natural): in the order of the links and of the model's variables. `item`
        is the MO item's code, or distance_km, nearer_share, gap_days, tod_gap_hours, dow_gap_days, or base.
    """
    encoded, ids = encode_crimes(crimes, spec), crimes["crime_id"]
    for part in slices(len(links.first), links_per_frame):
        some = links.where(part)
        terms = model.log_bf_terms(_evidence(encoded, spec, some))
        items = np.array([item_of(str(name)) for name in terms.columns], dtype=object)
        log_bf = terms.to_numpy(dtype=np.float64)
        link, item = np.nonzero(log_bf)
        yield pd.DataFrame(
            {
                "crime_id_1": ids.take(some.first[link]).reset_index(drop=True),
                "crime_id_2": ids.take(some.second[link]).reset_index(drop=True),
                "item": pd.Series(items[item], dtype="str"),
                "log_bf": log_bf[link, item],
            }
        )


def pair_frames(
    crime_ids: pd.Series, pairs: PairArrays, pairs_per_frame: int = LINKS_PER_FRAME
) -> Iterator[pd.DataFrame]:
    """Yield crime_id_1, crime_id_2 and log_bf of pairs given by rows; one frame without rows where there are none."""
    for part in slices(len(pairs.first), pairs_per_frame):
        yield _pair_frame(crime_ids, pairs.where(part))


def _pair_frame(crime_ids: pd.Series, pairs: PairArrays) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "crime_id_1": crime_ids.take(pairs.first).reset_index(drop=True),
            "crime_id_2": crime_ids.take(pairs.second).reset_index(drop=True),
            "log_bf": pairs.log_bf,
        }
    )


def _evidence(encoded: EncodedCrimes, spec: EvidenceSpec, links: PairArrays) -> pd.DataFrame:
    return encoded_evidence(encoded, links.first.astype(np.int64), links.second.astype(np.int64), spec)
