"""How well the rules of recording quality find the faults of a demo force, whose truth is known.

A fault counts where a refresh can see it: the crime was staged, its group expects the item, and late recording left a
value, not only a code for none. *Recall* is the share
of those faults that have a finding of one of the fault's rules on the same crime and item; *precision* the share of
the rules' findings that one of the faults explains. Not everything that a rule finds is a fault that was planted:
victims who truly do not know, methods that truly are `other` and points that crimes truly share count against it.
"""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from quality.minimum_standard import load_minimum_standard
from quality.mo_rules import PSEUDO_ITEMS

GAPS = ("not_asked", "in_text_only")
RULES_OF_FAULT = {
    "missing_item": GAPS,
    "poor_form": GAPS,
    "text_only": ("in_text_only",),
    "not_known": ("not_known",),
    "coded_other": ("coded_as_other",),
    "invalid_code": ("not_in_list",),
    "midnight_default": ("default_midnight",),
    "late_recording": ("recorded_late",),
    "attempt_with_property": ("attempt_with_property",),
    "default_place": ("default_place",),
    "duplicate_crime": ("duplicate_crime",),
}
"""The rules that may name each kind of fault: a gap is called by what the text says, whatever the reason for it."""

VALUED = """
    select distinct crime_id, item_code from staging.stg_mo_features
    where value_code is null or not list_contains($1, value_code)
"""
KEY = ["crime_id", "item_code"]


class FoundFaults(NamedTuple):
    """Faults and findings of one force, each with crime_id and item_code."""

    faults: pd.DataFrame
    findings: pd.DataFrame


def visible_faults(truth: Path, crimes: pd.DataFrame, valued: pd.DataFrame) -> pd.DataFrame:
    """Return the faults that a refresh can see: crime_id, item_code, fault, is_planted.

    Parameters
    ----------
    truth
        Folder of the demo force's truth.
    crimes
        The staged crimes (crime_id, crime_group).
    valued
        The crimes and items (crime_id, item_code) of which a value was recorded, in the list or not.
    """
    faults = pd.read_parquet(truth / "recording_faults.parquet")[[*KEY, "fault", "is_planted"]]
    faults = faults.merge(crimes, on="crime_id")
    standard = load_minimum_standard()
    expected = {(group, entry.item_code) for group in standard.crime_groups for entry in standard.items_for(group)}
    pairs = zip(faults["crime_group"], faults["item_code"], strict=True)
    faults = faults[[pair in expected or pair[1] in PSEUDO_ITEMS for pair in pairs]]
    has_value = faults[KEY].merge(valued, on=KEY, how="left", indicator=True)["_merge"].eq("both").to_numpy()
    faults = faults[(faults["fault"] != "late_recording") | has_value]
    second = pd.read_parquet(truth / "duplicates.parquet")["crime_id"]
    # both records of a crime bear the fault in the truth; the later one is what is too many
    return faults[(faults["fault"] != "duplicate_crime") | faults["crime_id"].isin(second)]


def fault_figures(found: FoundFaults) -> pd.DataFrame:
    """Measure each kind of fault.

    Returns
    -------
    DataFrame
        fault, rules, n_faults, recall, n_planted (faults in the areas where the kind was planted), recall_planted,
        n_findings and precision of the fault's rules; NaN where nothing was there to be found.
    """
    rows = []
    for fault, rules in RULES_OF_FAULT.items():
        of_rules = found.findings[found.findings["rule"].isin(rules)].drop_duplicates(KEY)
        struck = found.faults[found.faults["fault"] == fault].merge(of_rules[KEY], on=KEY, how="left", indicator=True)
        is_found = struck["_merge"] == "both"
        kinds = [kind for kind, names in RULES_OF_FAULT.items() if set(names) & set(rules)]
        explaining = found.faults.loc[found.faults["fault"].isin(kinds), KEY].drop_duplicates()
        rows.append(
            {
                "fault": fault,
                "rules": ", ".join(rules),
                "n_faults": len(struck),
                "recall": is_found.mean(),
                "n_planted": int(struck["is_planted"].sum()),
                "recall_planted": is_found[struck["is_planted"].to_numpy(dtype=bool)].mean(),
                "n_findings": len(of_rules),
                "precision": len(of_rules.merge(explaining, on=KEY)) / len(of_rules) if len(of_rules) else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def found_faults(home: Path, truth: Path) -> FoundFaults:
    """Read what was planted and what was found from the truth and the warehouse of a refreshed demo force."""
    import duckdb

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        crimes = connection.execute("select crime_id, crime_group from staging.stg_crimes").df()
        valued = connection.execute(VALUED, [list(load_minimum_standard().null_codes)]).df()
        findings = connection.execute("select crime_id, item_code, rule from quality.mo_findings").df()
    return FoundFaults(visible_faults(truth, crimes, valued), findings)
