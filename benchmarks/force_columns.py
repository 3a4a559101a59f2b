"""A demo force with its trained model as stored columns: what a scan starts from. A program of its own.

    python -m benchmarks.force_columns --crimes N --folder FOLDER [--seed N]

The force is written, landed and staged, and its model trained, as a refresh does it, unless that was done before.
"""

import argparse
from pathlib import Path

from benchmarks.trained_force import trained_force
from linkage.crime_columns import crime_columns
from linkage.evidence import encode_crimes
from linkage.score_tables import score_tables
from linkage.stored_columns import save_columns


def columns_folder(folder: Path, n_crimes: int, seed: int) -> Path:
    """Return where the columns of a force are kept: beside the staged force, and to be deleted with it."""
    return folder / f"columns_{n_crimes}_{seed}"


def main() -> None:
    """Store the columns of a force, unless that is done."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--crimes", type=int, required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", type=Path, required=True)
    chosen = options.parse_args()
    place = columns_folder(chosen.folder, chosen.crimes, chosen.seed)
    if place.exists():
        return
    force = trained_force(chosen.crimes, chosen.seed, chosen.folder)
    encoded = encode_crimes(force.crimes, force.spec)
    tables = score_tables(force.trained.model, force.spec, encoded)
    assert tables is not None  # the additive model of a refresh
    solved = set(force.known["crime_id"])
    columns = crime_columns(force.crimes, force.spec, force.trained.model, True, solved, encoded)
    about = {"prior_log_odds": force.trained.prior_log_odds}
    save_columns(place, force.crimes["crime_id"], columns, tables, about)


if __name__ == "__main__":
    main()
