import importlib.util
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from assets.engines.force_run import run_force
from assets.engines.local import finish_locally
from assets.engines.spark import SparkMissingError, finish_on_spark, local_session
from tests.assets.engines.invented_force import invented_work

HAS_SPARK = importlib.util.find_spec("pyspark") is not None


def test_without_the_extra_the_next_step_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(SparkMissingError, match=r"install colink\[spark\]"):
        local_session()


@pytest.mark.long
@pytest.mark.skipif(not HAS_SPARK, reason="pyspark is not installed (extra spark)")
@pytest.mark.skipif(shutil.which("java") is None, reason="no Java runtime")
def test_spark_gives_the_tables_of_this_machines_cores_and_listens_on_loopback_alone(tmp_path: Path) -> None:
    work = invented_work()
    local = run_force(work, tmp_path / "local", "1", partial(finish_locally, n_workers=1), lambda _: None)
    session = local_session(n_workers=2)
    try:
        lines: list[str] = []
        spark = run_force(work, tmp_path / "spark", "1", partial(finish_on_spark, session=session), lines.append)
        assert session.conf.get("spark.driver.bindAddress") == "127.0.0.1"
        assert not _listening_elsewhere()
    finally:
        session.stop()
    assert "100% done" in lines[-1]
    for name, table in local.items():
        pd.testing.assert_frame_equal(spark[name], table, check_exact=True)


def _listening_elsewhere() -> list[str]:
    """Sockets of Java that other machines could reach."""
    if shutil.which("ss") is None:
        return []
    listed = subprocess.run(["ss", "-ltnp"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if '"java"' in line and "127.0.0.1" not in line and "[::1]" not in line]
