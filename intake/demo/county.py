"""The fictitious county: towns, hot spots and beats, in British National Grid metres.

The county grows with the number of crimes: more towns and more beats, so that a crime has about as many
neighbours relative to the rest of the force whatever the size.
"""

from typing import NamedTuple

import numpy as np

CENTRE_M = np.array([450_000.0, 250_000.0])
HALF_WIDTH_M = 47_000.0  # nothing happens further from the centre, east or north
SMALLEST_TOWN_GAP_M = 7_000.0


class County(NamedTuple):
    """Places of the county.

    Attributes
    ----------
    town_xy : float64 array (towns, 2), metres
    town_share : float64 array (towns,), share of the county's offenders and crimes
    town_spread : float64 array (towns,), standard deviation of a town in metres
    hot_xy : float64 array (hot spots, 2), metres
    hot_first : int64 array (towns + 1,), the hot spots of town k are hot_first[k] to hot_first[k + 1]
    beat_xy : float64 array (beats, 2), metres; a crime belongs to the nearest
    beat_code : tuple of str, area codes in the order of beat_xy
    """

    town_xy: np.ndarray
    town_share: np.ndarray
    town_spread: np.ndarray
    hot_xy: np.ndarray
    hot_first: np.ndarray
    beat_xy: np.ndarray
    beat_code: tuple[str, ...]


def make_county(n_crimes: int, rng: np.random.Generator) -> County:
    """Lay out a county that fits a number of crimes.

    Parameters
    ----------
    n_crimes : int
        Crimes over the three years.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    County
    """
    size = max(n_crimes, 1) / 5_000
    n_towns = int(np.clip(round(20 * size**0.1), 6, 60))
    n_beats = max(n_towns + 4, round(20 * size**0.3))
    town_xy = _spaced_points(n_towns, 22_000.0 * size**0.06, rng)
    share = (np.arange(n_towns) + 3.0) ** -0.9
    share /= share.sum()
    spread = 1_300.0 + 4_200.0 * np.sqrt(share)
    n_hot = np.maximum(4, np.round(share * 40 * size**0.35 * 3)).astype(np.int64)
    hot_xy = _around(np.repeat(town_xy, n_hot, axis=0), np.repeat(spread, n_hot) * 0.8, rng)
    beat_xy, beat_code = _beats(town_xy, share, spread, n_beats, rng)
    return County(town_xy, share, spread, hot_xy, np.concatenate([[0], np.cumsum(n_hot)]), beat_xy, beat_code)


def inside(xy: np.ndarray) -> np.ndarray:
    """Fold places beyond the county's edge back into it.

    Parameters
    ----------
    xy : float64 array (n, 2)
        Eastings and northings in metres.

    Returns
    -------
    float64 array (n, 2)
    """
    off = xy - CENTRE_M
    return CENTRE_M + 2 * np.clip(off, -HALF_WIDTH_M, HALF_WIDTH_M) - off


def beat_of(county: County, easting_m: np.ndarray, northing_m: np.ndarray) -> np.ndarray:
    """Return the number of the nearest beat of each place.

    Parameters
    ----------
    county : County
        The county.
    easting_m, northing_m : float64 arrays (n,)
        Places in metres.

    Returns
    -------
    int64 array (n,)
    """
    from scipy.spatial import cKDTree

    _, beat = cKDTree(county.beat_xy).query(np.column_stack([easting_m, northing_m]))
    return np.asarray(beat, dtype=np.int64)


def _spaced_points(n: int, half_width_m: float, rng: np.random.Generator) -> np.ndarray:
    """Place n towns in a square, each the best of 20 candidates, so that few run into each other."""
    placed = [CENTRE_M]
    while len(placed) < n:
        tries = CENTRE_M + rng.uniform(-half_width_m, half_width_m, size=(20, 2))
        gap = np.min(np.linalg.norm(tries[:, None, :] - np.array(placed)[None], axis=2), axis=1)
        far_enough = np.flatnonzero(gap >= SMALLEST_TOWN_GAP_M)
        placed.append(tries[far_enough[0] if len(far_enough) else np.argmax(gap)])
    return np.array(placed)


def _beats(
    town_xy: np.ndarray, share: np.ndarray, spread: np.ndarray, n_beats: int, rng: np.random.Generator
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Give every town a beat and the larger ones more, by largest share for each beat they have."""
    n_of = np.ones(len(share), dtype=np.int64)
    for _ in range(n_beats - len(share)):
        n_of[np.argmax(share / n_of)] += 1
    town = np.repeat(np.arange(len(share)), n_of)
    place = np.arange(len(town)) - np.repeat(np.cumsum(n_of) - n_of, n_of)
    angle = 2 * np.pi * place / n_of[town] + rng.uniform(0, 2 * np.pi, len(share))[town]
    radius = np.where(n_of[town] == 1, 0.0, spread[town])
    xy = town_xy[town] + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return xy, tuple(f"T{t + 1:02d}B{p + 1}" for t, p in zip(town, place, strict=True))


def _around(centre: np.ndarray, spread: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scatter one point round each centre with its own standard deviation."""
    return centre + rng.standard_normal(centre.shape) * np.asarray(spread)[:, None]
