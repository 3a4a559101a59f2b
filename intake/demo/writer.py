"""Write the demo force: an extract as a record system would send it, and the truth apart from it.

How hard the linkage is: AUC on all pairs of different incidents within 365 days, train and test split by co-offending
component, histogram naive Bayes on the written files, means over seeds 1 to 4 (lowest to highest); printed by
`tests/intake/demo/test_demo_difficulty.py` run as a script.

========  =====================  =====================  =====================  =====================
          all crimes, by the truth                      solved crimes, by labels A and B
crimes    space and time         with MO                space and time         with MO
========  =====================  =====================  =====================  =====================
  5,000   0.871 (0.852 to 0.883)  0.893 (0.876 to 0.904)  0.867 (0.850 to 0.875)  0.893 (0.878 to 0.902)
 20,000   0.881 (0.877 to 0.889)  0.900 (0.894 to 0.910)  0.889 (0.877 to 0.898)  0.912 (0.905 to 0.918)
100,000   0.881 (0.879 to 0.883)  0.901 (0.900 to 0.901)  0.891 (0.889 to 0.893)  0.914 (0.913 to 0.916)
========  =====================  =====================  =====================  =====================

A million crimes (seed 1) hold about 9.9 billion pairs within 5 km and 365 days.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from intake.demo.county import make_county
from intake.demo.crimes import Crimes, make_crimes
from intake.demo.detection import is_solved, name_offenders
from intake.demo.dirt import Dirt, plan_dirt, spoil_crimes
from intake.demo.extract_tables import Demo, crimes_table, mo_table, names_table, property_table
from intake.demo.faults import FaultRates, plan_faults
from intake.demo.mo import true_mo
from intake.demo.narratives import compose_narratives
from intake.demo.offenders import Offenders
from intake.demo.practice_change import PlannedChange, PracticeChange, plan_changes
from intake.demo.record_system import UNKNOWN_ITEM
from intake.demo.recording import LaterRecording, record_crimes
from intake.demo.report_references import report_references
from intake.demo.settings import DemoError, DemoSettings, DemoSummary
from intake.demo.text_columns import reference_text, stamp_text, words, year_of
from intake.demo.truth import truth_tables
from intake.demo.twins import Twins, plan_twins, with_twins
from intake.demo.windows import Stamps, record_times
from intake.demo.wordings import Wordings, load_wordings

EXTRACT = "2026-03-01"
"""Name of the extract's folder: the day on which it was made."""

COMPLETE = "_COMPLETE"
CHUNK = 150_000  # crimes composed and written at a time, which bounds memory

_STAGES = (
    "county", "crimes", "times", "mo", "names", "faults", "recording", "dirt", "text", "columns",
    # a stage that comes later is added at the end, so that the ones before keep their chance
    "later_faults", "later_recording", "changes", "twins", "report_references", "words",
)  # fmt: skip


def write_demo(
    out: Path,
    crimes: int,
    seed: int,
    settings: DemoSettings | None = None,
    wording: str = "known",
    change: Sequence[PracticeChange] = (),
) -> DemoSummary:
    """Write the demo force of a number of crimes below a folder.

    Parameters
    ----------
    out : Path
        Folder that gets ``landing/<extract>/*.csv`` (``_COMPLETE`` last) and ``truth/*.parquet``.
    crimes : int
        Live crimes over three years, at least 1.
    seed : int
        Same seed, settings and number of crimes: same files.
    settings : DemoSettings, optional
        Rates; the calibrated ones by default.
    wording : str
        Words of the narratives: ``known``, or ``unseen`` for the same facts in other words.
    change : sequence of PracticeChange
        Changes in practice, after which some areas lose fewer items; none by default.

    Returns
    -------
    DemoSummary

    Raises
    ------
    DemoError
        If there is no crime to make, the seed is negative, the wording is no known one or a change cannot be made.
    """
    if crimes < 1:
        raise DemoError(f"crimes: expected at least 1, got {crimes}; ask for a few thousand to see series")
    if seed < 0:
        raise DemoError(f"seed: expected 0 or more, got {seed}; give another number")
    settings = settings or DemoSettings()
    chance = dict(zip(_STAGES, np.random.default_rng(seed).spawn(len(_STAGES)), strict=True))
    words = load_wordings(wording)
    demo, offenders, rates, changes = _make(crimes, settings, change, chance)
    dirt = plan_dirt(demo.recorded.stamps, settings, chance["dirt"])
    twins = plan_twins(demo.reference, demo.crimes.beat, demo.recorded.stamps.recorded, dirt, rates, chance["twins"])
    demo = _marked(demo, twins)
    pseudonym = chance["names"].permutation(len(offenders.town)) + 1
    landing, truth = out / "landing" / EXTRACT, out / "truth"
    for folder in (landing, truth):
        folder.mkdir(parents=True, exist_ok=True)
    (landing / COMPLETE).unlink(missing_ok=True)
    for name, table in truth_tables(demo, rates, changes, dirt, twins, pseudonym, settings).items():
        pyarrow.parquet.write_table(table, truth / f"{name}.parquet", compression="zstd")
    rows, dirty = _write_landing(landing, demo, dirt, twins, pseudonym, settings, words, chance)
    (landing / COMPLETE).touch()
    return DemoSummary(
        landing=str(landing),
        truth=str(truth),
        crimes=crimes,
        offenders=int(np.count_nonzero(np.bincount(demo.crimes.lead))),
        areas=len(demo.county.beat_code),
        twins=len(twins.row),
        solved_share=float(demo.solved.mean()),
        rows=rows,
        dirty_rows=dirty,
    )


def _make(
    n: int, settings: DemoSettings, change: Sequence[PracticeChange], chance: dict[str, np.random.Generator]
) -> tuple[Demo, Offenders, FaultRates, tuple[PlannedChange, ...]]:
    """Let the force live: crimes in the order in which they were recorded, and how."""
    county = make_county(n, chance["county"])
    crimes, offenders = make_crimes(n, county, settings, chance["crimes"])
    stamps = record_times(crimes, chance["times"])
    order = np.argsort(stamps.recorded, kind="stable")
    crimes, stamps = Crimes(*(a[order] for a in crimes)), Stamps(*(a[order] for a in stamps))
    mo = true_mo(crimes, offenders, chance["mo"])
    names = name_offenders(crimes, offenders, settings, chance["names"])
    rates = plan_faults(crimes.beat, len(county.beat_code), settings, chance["faults"], chance["later_faults"])
    changes = plan_changes(change, crimes.beat, rates, chance["changes"])
    later = LaterRecording(changes, chance["changes"], chance["later_recording"])
    recorded = record_crimes(crimes, mo, stamps, rates, settings, chance["recording"], later)
    year = reference_text("DM/", year_of(recorded.stamps.recorded), 2)
    reference = pc.binary_join_element_wise(year, reference_text("", np.arange(1, n + 1), 7), "/")
    reported = report_references(recorded.role, chance["report_references"])
    demo = Demo(reference, reported, county, crimes, mo, recorded, names, is_solved(names, n))
    return demo, offenders, rates, changes


def _marked(demo: Demo, twins: Twins) -> Demo:
    """List the fault of the crimes that are recorded twice."""
    struck = np.zeros(len(demo.solved), dtype=bool)
    struck[twins.row] = True
    return demo._replace(recorded=demo.recorded._replace(faults=demo.recorded.faults | {"duplicate_crime": struck}))


def _write_landing(
    folder: Path,
    demo: Demo,
    dirt: Dirt,
    twins: Twins,
    pseudonym: np.ndarray,
    settings: DemoSettings,
    words: Wordings,
    chance: dict[str, np.random.Generator],
) -> tuple[dict[str, int], dict[str, int]]:
    """Write the five files; return the rows of each, and the dirty rows by problem."""
    rng = chance["columns"]
    crimes = spoil_crimes(crimes_table(demo, settings, rng), dirt)
    recorded, stray = _with_stray_rows(_mo_tables(demo), len(demo.solved), settings)
    files = {
        "recorded_crimes.csv": iter([crimes]),
        "mo_fields.csv": recorded,
        "mo_narratives.csv": _narrative_tables(demo, settings, words, chance),
        "named_persons.csv": iter([names_table(demo, pseudonym)]),
        "property.csv": iter([property_table(demo, rng)]),
    }
    rows = {name: _write_csv(folder / name, with_twins(tables, "CRIME_REF", twins)) for name, tables in files.items()}
    return rows, {kind: len(chosen) for kind, chosen in zip(Dirt._fields, dirt, strict=True)} | stray


def _chunks(n: int) -> Iterator[np.ndarray]:
    for first in range(0, n, CHUNK):
        yield np.arange(first, min(first + CHUNK, n))


def _mo_tables(demo: Demo) -> Iterator[pa.Table]:
    for rows in _chunks(len(demo.solved)):
        yield mo_table(demo, rows)


def _with_stray_rows(
    tables: Iterator[pa.Table], n_crimes: int, settings: DemoSettings
) -> tuple[Iterator[pa.Table], dict[str, int]]:
    """Add MO rows of an unknown item, and of crimes that nobody recorded."""
    n_items, n_orphans = (int(n_crimes * 6 * s + 0.5) for s in (settings.unknown_item, settings.orphan_row))
    return _extended(tables, n_items, n_orphans), {"unknown_item": n_items, "orphan_row": n_orphans}


def _extended(tables: Iterator[pa.Table], n_items: int, n_orphans: int) -> Iterator[pa.Table]:
    first = next(tables)
    strange = first.slice(0, n_items)
    strange = strange.set_column(1, "MO_FIELD", words((UNKNOWN_ITEM,), np.zeros(len(strange), dtype=np.int64)))
    orphans = first.slice(0, n_orphans)
    orphans = orphans.set_column(0, "CRIME_REF", reference_text("DM/99/", np.arange(1, len(orphans) + 1), 7))
    yield pa.concat_tables([first, strange, orphans])
    yield from tables


def _narrative_tables(
    demo: Demo, settings: DemoSettings, words: Wordings, chance: dict[str, np.random.Generator]
) -> Iterator[pa.Table]:
    rng, word_rng = chance["text"], chance["words"]
    for chunk in _chunks(len(demo.solved)):
        written = rng.random(len(chunk)) < settings.text_share
        rows = chunk[written | demo.recorded.needs_text[chunk].any(axis=1)]
        text = compose_narratives(rows, demo.crimes.group, demo.mo, demo.recorded, settings, rng, words, word_rng)
        yield pa.table(
            {
                "CRIME_REF": demo.reference.take(pa.array(rows)),
                "WRITTEN": stamp_text(demo.recorded.captured[rows]),
                "NARRATIVE": text,
            }
        )


def _write_csv(path: Path, tables: Iterator[pa.Table]) -> int:
    """Write tables of one schema to a file, one after the other; return the rows."""
    rows = 0
    first = next(tables)
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    with pyarrow.csv.CSVWriter(path, first.schema, write_options=options) as writer:
        for table in chain([first], tables):
            writer.write_table(table)
            rows += table.num_rows
    return rows
