"""An explanation in plain English: "may be linked", how rare links are, what spoke for and against, what is missing."""

from typing import TYPE_CHECKING

import numpy as np

from linkage.additive import BASE

if TYPE_CHECKING:
    from linkage.explanation import ItemContribution, LinkExplanation
    from linkage.missing_items import MissingItem

MOST_NAMED = 3
TOO_LITTLE_TO_NAME = 0.05  # 1.05 times the odds
SCALES = (
    1_000,
    10_000,
    100_000,
    1_000_000,
)  # a share of crimes is told as so many of the first that makes it 1 or more

_APART = {
    "distance_km": "{:.1f} km apart",
    "gap_days": "{:.1f} days apart",
    "tod_gap_hours": "{:.1f} hours apart in time of day",
    "dow_gap_days": "{:.1f} days apart in the week",
    "text_similarity": "description {:.0%} alike",
}
_MISSING = {
    "distance_km": "the place",
    "gap_days": "the time",
    "tod_gap_hours": "the time of day",
    "dow_gap_days": "the day of week",
    "nearer_share": "the place",
    "text_similarity": "the description",
}


def sentence(found: "LinkExplanation") -> str:
    """Return an explanation in words, with the base rate and the share of such pairs that are not linked."""
    parts = [
        f"{found.crime_id_1} and {found.crime_id_2} may be linked: before any evidence about "
        f"{one_in(found.prior_probability)} pairs share an offender, the evidence multiplies the odds by "
        f"{factor(found.log_bf)}, and of 100 pairs with this result "
        f"{of_hundred(found.posterior_probability)} would be linked and "
        f"{of_hundred(1.0 - found.posterior_probability)} not.",
        f"For it: {_listed(found.spoke_for())}.",
        f"Against it: {_listed(found.spoke_against())}.",
    ]
    if found.is_same_incident:
        parts.insert(0, "Both are recorded as one incident.")
    most = found.most_telling_missing()
    if most is not None and most.largest_change >= TOO_LITTLE_TO_NAME:
        parts.append(_were_it_known(most))
    return " ".join(parts)


def item_in_words(one: "ItemContribution") -> str:
    """Return what an item compares, without its weight: "entry point rear door in both, as in 8% of such crimes"."""
    if one.item in _APART:
        return _APART[one.item].format(one.evidence) if isinstance(one.evidence, float) else missing_in_words(one.item)
    if one.item == BASE:
        return "a correction for all evidence together"
    if one.item == "nearer_share":
        return _crowded(one) if isinstance(one.evidence, float) else missing_in_words(one.item)
    name = _named(one.item)
    if one.shared_value is not None and one.share_of_crimes is not None:
        return f"{name} {_plain(one.shared_value)} in both, as in {percent(one.share_of_crimes)} of such crimes"
    if one.value_1 is None and one.value_2 is None:
        return f"{name} recorded of neither"
    return f"{name} {_plain(one.value_1 or 'not recorded')} and {_plain(one.value_2 or 'not recorded')}"


def missing_in_words(item: str) -> str:
    """Return the name of what is missing: "entry point", "the time of day"."""
    return _MISSING.get(item, _named(item))


def item_name(item: str) -> str:
    """Return the name of an item alone, for a table: "entry point", "time of day", "correction for all together"."""
    return "correction for all together" if item == BASE else missing_in_words(item).removeprefix("the ")


def factor(log_bf: float) -> str:
    """Return how many times the odds are multiplied, from a natural log Bayes factor."""
    times = np.exp(log_bf)
    return f"{times:,.0f}" if times >= 10 else f"{times:.2g}"


def of_hundred(probability: float) -> str:
    """Return a probability as so many of 100, never rounded to certainty."""
    share = 100 * probability
    if 0 < share < 1:
        return "fewer than 1"
    return "more than 99" if 99 < share < 100 else f"about {share:.0f}"


def percent(share: float) -> str:
    """Return a share in percent, two digits where it is small."""
    return f"{share:.0%}" if share >= 0.1 else f"{100 * share:.2g}%"


def crimes_nearer(share: float) -> str:
    """Return in words which share of crimes would by chance be nearer than a pair; above a half it tells no more."""
    if share >= 0.5:
        return "where most crimes would be nearer"
    if share < 0.5 / SCALES[-1]:
        return "where hardly a crime would be nearer"
    scale = next((each for each in SCALES if share * each >= 1), SCALES[-1])
    return f"where by chance about {share * scale:.0f} in {scale:,} crimes would be nearer"


def _crowded(one: "ItemContribution") -> str:
    share, km = one.evidence, dict(one.comparisons).get("distance_km")
    nearer = crimes_nearer(float(share)) if isinstance(share, float) else ""
    return f"{_APART['distance_km'].format(km)}, {nearer}" if isinstance(km, float) else nearer


def _were_it_known(most: "MissingItem") -> str:
    lacking = ("not known", f"not recorded of {''.join(most.missing_of)}", "recorded of neither")[len(most.missing_of)]
    match = f"a match with {_plain(most.known_value)}" if most.known_value else "at best it"
    return (
        f"Of what is missing, {missing_in_words(most.item)} ({lacking}) could tell most: "
        f"{match} would make it {of_hundred(most.posterior_if_match)} of 100, "
        f"{'a difference' if most.known_value else 'at worst'} {of_hundred(most.posterior_if_differ)}."
    )


def _listed(items: "tuple[ItemContribution, ...]") -> str:
    named = [one for one in items if abs(one.log_bf) >= TOO_LITTLE_TO_NAME][:MOST_NAMED]
    return "; ".join(f"{item_in_words(one)} (odds times {factor(one.log_bf)})" for one in named) or "nothing of weight"


def one_in(probability: float) -> str:
    """Return a small probability as one in so many."""
    if probability <= 0:
        return "none of the"
    return f"1 in {1 / probability:,.0f}" if probability < 0.1 else f"1 in {1 / probability:.1f}"


def _named(item: str) -> str:
    counted = item.removeprefix("n_")
    return _plain(item if counted == item else f"number of {counted}")


def _plain(code: str) -> str:
    return code.replace("_", " ")
