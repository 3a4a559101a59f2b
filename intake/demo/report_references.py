"""References that a victim or caller is given at the report, before there is a crime number: WEB-7F3K-22Q9."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intake.demo.recording import ROLES
from intake.demo.text_columns import words

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without the signs that people mistake for each other, and without U, which makes words."""

N_SIGNS = 8
CHANNELS = {"victim_online": "WEB-", "call_taker": "TEL-"}
"""An officer at the door gives the crime number instead."""


def report_references(role: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """Give each crime that was reported online or by telephone a reference of its own.

    Parameters
    ----------
    role : int64 array (n,)
        Who filled in the form, position in `recording.ROLES`.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    pyarrow string array (n,), empty where no reference was given
    """
    space = len(ALPHABET) ** N_SIGNS
    # A step that shares no factor with the space never comes back to a code before it has used all of them.
    step, start = 2 * 3 * 5 * int(rng.integers(space // 60, space // 30)) + 1, int(rng.integers(space))
    left = (start + np.arange(len(role), dtype=np.uint64) * np.uint64(step % space)) % np.uint64(space)
    signs = []
    for _ in range(N_SIGNS):
        signs.append(words(ALPHABET, (left % np.uint64(len(ALPHABET))).astype(np.int64)))
        left //= np.uint64(len(ALPHABET))
    code = pc.binary_join_element_wise(
        words([CHANNELS.get(name, "") for name in ROLES], role), *signs[:4], "-", *signs[4:], ""
    )
    # the separator is the last argument: the hyphen inside is a part like any other
    return pc.if_else(pa.array(np.isin(role, [ROLES.index(name) for name in CHANNELS])), code, "")
