"""Compiled loops of `linkage.floor_scan`: all pairs within limits counted, and those that may reach a floor found.

Both walk over squares at least as wide as the pairs they look for are far apart, so that the partners of a crime stand
in its own square and the eight around it; half of these are enough to meet each pair once. Windows in time move on with
the crimes of a square, which stand in order of time.
"""

import numba
import numpy as np

_AROUND = np.array([(0, 0), (0, 1), (1, -1), (1, 0), (1, 1)], dtype=np.int64)  # along, across


@numba.njit(cache=True, nogil=True, error_model="numpy")
def count_near(begin, n_across, n_along, first_line, end_line, x, y, when, farthest_squared, longest):  # type: ignore[no-untyped-def]  # compiled
    """Return how many pairs are within the limits, each counted in the line of the crime to its south-west.

    Parameters
    ----------
    begin, n_across, n_along
        Of `TimeSquares`.
    first_line, end_line : int
        Lines of squares whose crimes look for partners.
    x, y, when : ndarray, shape (n_crimes,)
        In order of the squares.
    farthest_squared : float
    longest : int
        Largest difference of `when`.
    """
    n_near = 0
    for square in range(first_line * n_across, end_line * n_across):
        own_begin, own_end = begin[square], begin[square + 1]
        if own_begin == own_end:
            continue
        along, across = square // n_across, square % n_across
        for a in range(_AROUND.shape[0]):
            other_along, other_across = along + _AROUND[a, 0], across + _AROUND[a, 1]
            if other_along >= n_along or other_across < 0 or other_across >= n_across:
                continue
            other = other_along * n_across + other_across
            low, high, end = begin[other], begin[other], begin[other + 1]
            for i in range(own_begin, own_end):
                own_x, own_y, own_when = x[i], y[i], when[i]
                while high < end and when[high] - own_when <= longest:
                    high += 1
                if other == square:
                    low = i + 1
                else:
                    while low < high and own_when - when[low] > longest:
                        low += 1
                n_here = 0
                for j in range(low, high):
                    apart_x, apart_y = own_x - x[j], own_y - y[j]
                    n_here += apart_x * apart_x + apart_y * apart_y <= farthest_squared
                n_near += n_here
    return n_near


@numba.njit(cache=True, nogil=True, error_model="numpy")
def find_reaching(  # type: ignore[no-untyped-def]  # compiled
    begin, n_across, n_along, first_line, end_line, x, y, when, row, rest, longest, codes,
    nearest_squared, farthest_squared, floor, base, by_distance, per_m, by_gap, per_time, table, table_at, n_codes,
):  # fmt: skip
    """Return the rows of the pairs whose upper bound reaches a floor, lower row first.

    Parameters
    ----------
    begin, n_across, n_along, first_line, end_line, x, y, when
        As in `count_near`.
    row : ndarray, shape (n_crimes,), int32
    rest : ndarray, shape (n_crimes,), float64
        The most that all but distance and gap can add for a pair of the crime.
    longest : ndarray, shape (n_crimes,), int64
        Largest difference of `when` at which a pair of the crime can reach the floor; -1 for never.
    codes : ndarray, shape (n_crimes, n_items), uint16
    nearest_squared, farthest_squared : float
        Only pairs farther apart than the one and no farther than the other are looked at.
    floor : float
    base : float
        The most that all but distance, gap and items can add.
    by_distance, by_gap : ndarray, float32
        The most that each adds in each narrow cell, the last one of all beyond.
    per_m, per_time : float
        Cells along a metre, and along a unit of `when`.
    table : ndarray, float64
        What items add: for item k at `table_at[k] + n_codes[k] * code of the lower row + code of the higher`.
    table_at, n_codes : ndarray, shape (n_items,), int64
    """
    first, second = np.empty(1024, np.int32), np.empty(1024, np.int32)
    n_found = 0
    last, per_metre, per_unit = by_distance.size - 1, np.float32(per_m), per_time
    for square in range(first_line * n_across, end_line * n_across):
        own_begin, own_end = begin[square], begin[square + 1]
        if own_begin == own_end:
            continue
        along, across = square // n_across, square % n_across
        reach = np.int64(-1)
        for i in range(own_begin, own_end):
            reach = max(reach, longest[i])
        if reach < 0:
            continue
        for a in range(_AROUND.shape[0]):
            other_along, other_across = along + _AROUND[a, 0], across + _AROUND[a, 1]
            if other_along >= n_along or other_across < 0 or other_across >= n_across:
                continue
            other = other_along * n_across + other_across
            low, end = begin[other], begin[other + 1]
            for i in range(own_begin, own_end):
                own_x, own_y, own_when, own_rest, own_longest = x[i], y[i], when[i], rest[i], longest[i]
                if other == square:
                    low = i + 1
                else:
                    while low < end and own_when - when[low] > reach:
                        low += 1
                for j in range(low, end):
                    apart_when = when[j] - own_when
                    if apart_when > own_longest:
                        break
                    apart_x, apart_y = own_x - x[j], own_y - y[j]
                    squared = apart_x * apart_x + apart_y * apart_y
                    if squared > farthest_squared or squared <= nearest_squared:
                        continue
                    place = min(np.int64(np.sqrt(np.float32(squared)) * per_metre), last)
                    gap = min(np.int64(np.float32(abs(apart_when) * per_unit)), last)
                    most = np.float64(by_distance[place]) + np.float64(by_gap[gap])
                    if most + own_rest < floor:
                        continue
                    most += base
                    is_lower = row[i] < row[j]
                    one, two = (i, j) if is_lower else (j, i)
                    for k in range(n_codes.size):
                        most += table[table_at[k] + np.int64(codes[one, k]) * n_codes[k] + np.int64(codes[two, k])]
                    if most < floor:
                        continue
                    if n_found == first.size:
                        more_first, more_second = np.empty(2 * n_found, np.int32), np.empty(2 * n_found, np.int32)
                        more_first[:n_found], more_second[:n_found] = first, second
                        first, second = more_first, more_second
                    first[n_found], second[n_found] = row[one], row[two]
                    n_found += 1
    return first[:n_found].copy(), second[:n_found].copy()
