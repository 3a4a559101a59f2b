import importlib.util
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from assets.engines.force_run import run_force
from assets.engines.local import finish_locally
from assets.engines.spark import SparkMissingError, finish_on_spark, spark_session
from tests.assets.engines.invented_force import invented_work

HAS_SPARK = importlib.util.find_spec("pyspark") is not None


def test_without_the_extra_the_next_step_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(SparkMissingError, match=r"install colink\[spark\]"), spark_session():
        pass


class StubSpark:
    """Stands for `SparkSession` and its builder: keeps what it is told."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        self.n_stops = 0
        self.active: StubSpark | None = None
        self.builder = self

    def master(self, master: str) -> "StubSpark":
        return self.config("master", master)

    def appName(self, name: str) -> "StubSpark":  # noqa: N802 - Spark's own name
        return self.config("name", name)

    def config(self, name: str, value: str) -> "StubSpark":
        self.told[name] = value
        return self

    def getActiveSession(self) -> "StubSpark | None":  # noqa: N802 - Spark's own name
        return self.active

    def getOrCreate(self) -> "StubSpark":  # noqa: N802 - Spark's own name
        return self

    def stop(self) -> None:
        self.n_stops += 1


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> StubSpark:
    stub, module = StubSpark(), ModuleType("pyspark.sql")
    vars(module)["SparkSession"] = stub
    monkeypatch.setitem(sys.modules, "pyspark", ModuleType("pyspark"))
    monkeypatch.setitem(sys.modules, "pyspark.sql", module)
    for name in ("SPARK_LOCAL_IP", "PYSPARK_PYTHON"):
        monkeypatch.setenv(name, "as it was")
    return stub


def test_without_a_master_two_cores_of_this_machine_work_and_no_other_machine_is_let_in(stub: StubSpark) -> None:
    with spark_session():
        assert stub.n_stops == 0
    assert stub.told["master"] == "local[2]"
    assert stub.told["spark.driver.bindAddress"] == stub.told["spark.driver.host"] == "127.0.0.1"


def test_crimes_on_their_way_stay_in_the_folder_given_unless_a_cluster_says_where(stub: StubSpark) -> None:
    with spark_session(scratch=Path("var/spark")):
        assert stub.told["spark.local.dir"] == "var/spark"
    stub.told.clear()
    with spark_session("yarn", scratch=Path("var/spark")):
        assert "spark.local.dir" not in stub.told


def test_the_network_of_a_cluster_is_left_to_its_own_configuration(stub: StubSpark) -> None:
    with spark_session("spark://cluster:7077"):
        pass
    assert stub.told["master"] == "spark://cluster:7077"
    assert not [name for name in stub.told if name.startswith("spark.driver.") and name != "spark.driver.memory"]


def test_a_session_that_was_started_is_stopped_also_after_a_fault(stub: StubSpark) -> None:
    with pytest.raises(KeyError), spark_session():
        raise KeyError
    assert stub.n_stops == 1


def test_a_session_that_was_there_before_goes_on(stub: StubSpark) -> None:
    stub.active = StubSpark()
    with spark_session() as session:
        assert session is stub.active
    assert stub.active.n_stops == stub.n_stops == 0


@pytest.mark.long
@pytest.mark.skipif(not HAS_SPARK, reason="pyspark is not installed (extra spark)")
@pytest.mark.skipif(shutil.which("java") is None, reason="no Java runtime")
def test_spark_gives_the_tables_of_this_machines_cores_and_listens_on_loopback_alone(tmp_path: Path) -> None:
    work = invented_work()
    local = run_force(work, tmp_path / "local", "1", partial(finish_locally, n_workers=1), lambda _: None)
    with spark_session() as session:
        lines: list[str] = []
        spark = run_force(work, tmp_path / "spark", "1", partial(finish_on_spark, session=session), lines.append)
        assert session.conf.get("spark.driver.bindAddress") == "127.0.0.1"
        assert not _listening_elsewhere()
    assert all("100% done" in line for line in lines[-1:])  # none where five seconds were enough
    for name, table in local.items():
        pd.testing.assert_frame_equal(spark[name], table, check_exact=True)


def _listening_elsewhere() -> list[str]:
    """Sockets of Java that other machines could reach."""
    if shutil.which("ss") is None:
        return []
    listed = subprocess.run(["ss", "-ltnp"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if '"java"' in line and "127.0.0.1" not in line and "[::1]" not in line]
