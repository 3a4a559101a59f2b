import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from assets.engines import local
from assets.engines.checkpoints import open_checkpoints, remove_checkpoints
from assets.engines.force_run import run_force
from assets.engines.local import finish_locally
from assets.engines.progress import Progress
from assets.engines.units import Done
from linkage.co_linkage_components import Tables, Unit, plan
from tests.assets.engines.invented_force import invented_work

WORK = invented_work()
WORK_UNIT = plan(WORK)[0][0]
NAMES = [unit.name for stage in plan(WORK) for unit in stage]
ONE = partial(finish_locally, n_workers=1)


def silent(_line: str) -> None:
    pass


def equal(one: Tables, two: Tables) -> None:
    assert one.keys() == two.keys()
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, two[name], check_exact=True)


def killed_after(n_units: int, folder: str, units: Sequence[Unit]) -> Iterator[Done]:
    for number, done in enumerate(finish_locally(folder, units, n_workers=1), start=1):
        if number == n_units:
            # What a kill leaves of a unit that was being written.
            (Path(folder) / "unit.half").mkdir()
            os.kill(os.getpid(), signal.SIGKILL)
        yield done


def run_and_be_killed(root: Path) -> None:
    run_force(WORK, root, "1", partial(killed_after, 3), silent)


def finished_at(root: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in root.glob("*/*") if path.name in NAMES}


def test_a_killed_run_goes_on_from_the_last_finished_unit(tmp_path: Path) -> None:
    whole = run_force(WORK, tmp_path / "whole", "1", ONE, silent)
    child = multiprocessing.get_context("fork").Process(target=run_and_be_killed, args=(tmp_path / "killed",))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    before = finished_at(tmp_path / "killed")
    assert len(before) == 3
    again = run_force(WORK, tmp_path / "killed", "1", ONE, silent)
    equal(again, whole)
    after = finished_at(tmp_path / "killed")
    assert {name: after[name] for name in before} == before
    assert set(after) == set(NAMES)
    assert not list(tmp_path.glob("*/*/*.half"))


def test_finished_work_is_not_done_again(tmp_path: Path) -> None:
    whole = run_force(WORK, tmp_path, "1", ONE, silent)
    before = finished_at(tmp_path)
    equal(run_force(WORK, tmp_path, "1", ONE, silent), whole)
    assert finished_at(tmp_path) == before


@pytest.mark.parametrize("what", ["seed", "code"])
def test_other_work_starts_anew_and_removes_what_is_left(tmp_path: Path, what: str) -> None:
    run_force(WORK, tmp_path, "1", ONE, silent)
    (old,) = tmp_path.iterdir()
    other, code = (invented_work(seed=2), "1") if what == "seed" else (WORK, "2")
    checkpoints = open_checkpoints(tmp_path, other, code)
    assert not old.exists()
    assert checkpoints.finished() == set()


def test_what_is_no_checkpoint_stays_beside_them(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_text("a stray file")
    (tmp_path / "0123456789abcdef").write_text("a file that is named like a folder of checkpoints")
    for name in ("notes of an officer", "0123456789ABCDEF", "fedcba98765432100"):
        (tmp_path / name).mkdir()
    before = {path.name for path in tmp_path.iterdir()}
    (tmp_path / "fedcba9876543210").mkdir()

    checkpoints = open_checkpoints(tmp_path, WORK, "1")
    (checkpoints.folder / ".DS_Store").write_text("a stray file")

    assert {path.name for path in tmp_path.iterdir()} == before | {checkpoints.folder.name}
    assert checkpoints.finished() == set()
    remove_checkpoints(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_failing_unit_is_told_before_units_that_nobody_began(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def stub(_folder: str, name: str) -> Done:
        begun.append(name)
        if name == "bad":
            raise ArithmeticError(name)
        time.sleep(0.05)
        return Done(name, 0.05)

    # Threads stand for processes, which take seconds to start.
    monkeypatch.setattr(local, "ProcessPoolExecutor", lambda n, _context, initializer: ThreadPoolExecutor(n))
    monkeypatch.setattr(local, "finish_unit", stub)
    units = [WORK_UNIT._replace(name="bad", cost=9.0)]
    units += [WORK_UNIT._replace(name=f"unit {number}", cost=1.0) for number in range(20)]
    with pytest.raises(ArithmeticError):
        list(finish_locally("none", units, n_workers=2))
    assert begun[0] == "bad"
    assert len(begun) <= 5  # the bad one and what the two workers had taken up meanwhile


def test_work_that_is_soon_done_says_nothing() -> None:
    lines: list[str] = []
    Progress([], set(), lines.append).finish("any")
    assert lines == []


def test_work_comes_back_from_its_folder_as_it_was(tmp_path: Path) -> None:
    again = open_checkpoints(tmp_path, WORK, "1").work()
    assert again.settings == WORK.settings
    assert again.seed == WORK.seed
    assert open_checkpoints(tmp_path, again, "1").folder == open_checkpoints(tmp_path, WORK, "1").folder


def test_progress_tells_the_share_done_and_ends_with_the_time_taken() -> None:
    lines: list[str] = []
    units = [unit for stage in plan(WORK) for unit in stage]
    progress = Progress(units, set(), lines.append, every_seconds=0.0)
    for name in NAMES:
        progress.finish(name)
    assert len(lines) == len(NAMES)
    assert re.fullmatch(r"co-linkage: \d+% done, 1 of \d+ units, about \d+ s left", lines[0])
    assert re.fullmatch(rf"co-linkage: 100% done, {len(NAMES)} of {len(NAMES)} units, \d+ s", lines[-1])


def test_a_line_at_the_end_follows_where_there_was_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((0.0, 6.0, 6.1, 6.2))
    monkeypatch.setattr("assets.engines.progress.time.monotonic", lambda: next(clock))
    lines: list[str] = []
    units = [WORK_UNIT._replace(name=name, cost=1.0) for name in ("a", "b", "c")]
    progress = Progress(units, set(), lines.append)
    for name in ("a", "b", "c"):
        progress.finish(name)
    assert [line.split(",")[1] for line in lines] == [" 1 of 3 units", " 3 of 3 units"]


RUN = """
import sys
from pathlib import Path
from functools import partial
from assets.engines.force_run import run_force
from assets.engines.local import finish_locally
from tests.assets.engines.invented_force import invented_work
if __name__ == "__main__":
    work = invented_work(sizes=(600,) + (25,) * 40)
    run_force(work, Path(sys.argv[1]), "1", partial(finish_locally, n_workers=2), print)
"""


@pytest.mark.long
def test_two_processes_give_equal_tables_and_end_with_a_killed_parent(tmp_path: Path) -> None:
    work = invented_work(sizes=(600,) + (25,) * 40)
    names = {unit.name for stage in plan(work) for unit in stage}
    script = tmp_path / "run.py"
    script.write_text(RUN)
    root = tmp_path / "killed"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, str(script), str(root)], env=environment, text=True) as child:
        deadline = time.monotonic() + 120
        while len([path for path in root.glob("*/*") if path.name in names]) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        workers = _children(child.pid)
        child.kill()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(workers) >= 2
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]
    before = {path.name for path in root.glob("*/*") if path.name in names}
    assert 3 <= len(before) < len(names)
    equal(
        run_force(work, root, "1", partial(finish_locally, n_workers=2), silent),
        run_force(work, tmp_path / "whole", "1", ONE, silent),
    )


def _children(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return [int(number) for number in listed.stdout.split()]
