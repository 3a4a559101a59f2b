"""The published tables as data: where each stands in the warehouse, its key, and what one row is."""

from dataclasses import dataclass

SCHEMA_VERSION = 1
"""Raised when a published column changes meaning; a new column alone does not raise it."""

COMPARABLE = "comparable"
"""Folder of a snapshot in which crimes and model lie as columns, from which any crime is ranked on demand."""


@dataclass(frozen=True)
class PublishedTable:
    """One table that people get.

    Attributes
    ----------
    name
        Name in every product; a contract with readers, never changed.
    schema
        Schema of the warehouse in which it stands.
    key
        Columns that tell rows of one refresh apart, and by which published rows are sorted.
    grain
        One sentence that says what one row is.
    """

    name: str
    schema: str
    key: tuple[str, ...]
    grain: str

    @property
    def qualified(self) -> str:
        """Name with its schema, as SQL writes it."""
        return f"{self.schema}.{self.name}"


PAIR = ("crime_id_1", "crime_id_2")

PUBLISHED_TABLES: tuple[PublishedTable, ...] = (
    PublishedTable("crimes", "marts", ("crime_id",), "One row per crime in scope."),
    PublishedTable(
        "quarantine",
        "marts",
        ("table_name", "source_file", "source_row", "column_name", "reason"),
        "One row per problem found in a row that the force sent.",
    ),
    PublishedTable("refreshes", "marts", ("refresh_id",), "One row per refresh."),
    PublishedTable("link_evidence", "marts", (*PAIR, "item"), "One row per link and item of evidence."),
    PublishedTable("mo_scores", "quality", ("crime_id",), "One row per crime."),
    PublishedTable(
        "mo_scorecard",
        "quality",
        ("area_code", "crime_group", "month", "capture_role", "item_code", "dimension"),
        "One row per area, crime group, month, capture role, item and dimension of quality.",
    ),
    PublishedTable(
        "mo_findings", "quality", ("crime_id", "item_code", "rule"), "One row per crime, item and broken rule."
    ),
    PublishedTable(
        "mo_item_profile",
        "quality",
        ("crime_group", "item_code", "capture_role"),
        "One row per crime group, MO item and capture role.",
    ),
    PublishedTable(
        "mo_trends",
        "quality",
        ("area_code", "crime_group", "dimension", "item_code", "month"),
        "One row per area, crime group, dimension, item and month, with control limits.",
    ),
    PublishedTable(
        "mo_scorecard_shared",
        "quality",
        ("area_code", "crime_group", "item_code", "dimension"),
        "One row per area, crime group, item and dimension, totals included; small numbers are left out.",
    ),
    PublishedTable("mo_standards", "quality", ("standard_fingerprint",), "One row: the standard that judged."),
    PublishedTable(
        "mo_score_changes",
        "quality",
        ("crime_group", "area_code"),
        "One row per crime group and area: the change of the mean score, by recording and by the standard.",
    ),
    PublishedTable(
        "mo_recorded_values",
        "quality",
        ("crime_id", "item_code", "value_code"),
        "One row per crime, MO item and value that stands in a field.",
    ),
    PublishedTable(
        "mo_text_values",
        "quality",
        ("crime_id", "item_code", "value_code", "text_kind", "written_at", "span_start"),
        "One row per MO text, item and value that it says; offsets, never text.",
    ),
    PublishedTable(
        "mo_text_precision",
        "quality",
        ("item_code", "value_code"),
        "One row per MO item that text or field holds, without a value, and one per value that text says.",
    ),
    PublishedTable("mo_priorities", "quality", ("item_code",), "One row per MO item."),
    PublishedTable(
        "mo_group_priorities", "quality", ("crime_group", "item_code"), "One row per crime group and MO item."
    ),
    PublishedTable(
        "mo_improvements",
        "quality",
        ("scope", "area_code", "crime_group", "item_code"),
        "One row per scope (area or force), area, crime group and MO item with a gap.",
    ),
    PublishedTable(
        "mo_fix_list",
        "quality",
        ("crime_id", "item_code", "rule"),
        "One row per crime, MO item and broken rule that is cheapest to mend, at most 5,000.",
    ),
    PublishedTable(
        "mo_change_effects",
        "quality",
        ("measure", "months_since"),
        "One row per measure and month since a change in recording, and one without month for all of them.",
    ),
    PublishedTable(
        "mo_values",
        "linkage",
        ("crime_id", "item_code", "value_code"),
        "One row per crime, MO item and value that it is compared by.",
    ),
    PublishedTable("series_data", "linkage", ("person_id", "crime_id"), "One row per offender and solved crime."),
    PublishedTable("crime_pairs_evaluated", "linkage", PAIR, "One row per training pair of crimes."),
    PublishedTable("links", "linkage", PAIR, "One row per pair of crimes that may be linked."),
    PublishedTable(
        "crime_rankings",
        "linkage",
        ("crime_id", "candidate_kind", "rank"),
        "One row per crime and candidate (a crime, a series or an offender) that may be linked to it.",
    ),
    PublishedTable(
        "series_candidates", "linkage", ("series_id", "rank"), "One row per series and crime that may belong to it."
    ),
    PublishedTable("series", "linkage", ("series_id",), "One row per series."),
    PublishedTable("series_members", "linkage", ("series_id", "crime_id"), "One row per series and crime in it."),
    PublishedTable(
        "series_events", "linkage", ("series_id", "event"), "One row per change of a series since the last refresh."
    ),
    PublishedTable("cluster_merges", "linkage", ("merge_id", "step"), "One row per merge of two clusters."),
    PublishedTable(
        "co_linkage",
        "linkage",
        PAIR,
        "One row per pair of crimes judged jointly with all others, from 5% (`pair_floor`) on.",
    ),
    PublishedTable(
        "co_linkage_diagnostics", "linkage", ("quantity",), "One row per quantity that the sampler estimates."
    ),
    PublishedTable(
        "co_linkage_candidates",
        "linkage",
        ("crime_id", "candidate_kind", "rank"),
        "One row per unsolved crime and candidate: a known group, an offender or a crime, each from 5% "
        "(`pair_floor`) on, or somebody not yet known.",
    ),
    PublishedTable(
        "co_linkage_crimes",
        "linkage",
        ("crime_id",),
        "One row per unsolved crime: what its series may be, and how large.",
    ),
    PublishedTable(
        "co_linkage_series", "linkage", ("crime_id",), "One row per crime of the clustering nearest to all draws."
    ),
    PublishedTable(
        "co_linkage_sizes",
        "linkage",
        ("kind", "n_crimes"),
        "One row per kind and size of series: how many there may be.",
    ),
    PublishedTable(
        "co_linkage_hyperparameters",
        "linkage",
        ("quantity",),
        "One row per hyperparameter, with its interval, or why none was learned.",
    ),
    PublishedTable(
        "leads", "linkage", ("crime_id", "candidate_kind", "candidate_id"), "One row per crime and lead worth a look."
    ),
    PublishedTable("model_versions", "linkage", ("model_version",), "One row per fitted model."),
    PublishedTable("model_evaluation", "linkage", ("model", "split", "metric"), "One row per model, split and metric."),
)
