"""A refresh reaches nothing beyond this machine."""

import importlib
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from orchestration.home import instance
from quality.expectations import run_expectations
from quality.minimum_standard import load_minimum_standard
from tests.demo_refreshes import GUARD, Guarded, guarded, made_once, no_network

BEYOND = """
import asyncio, contextlib, socket, threading, urllib.request

def udp(call):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        call(sender)

def tcp(call, family=socket.AF_INET):
    with socket.socket(family) as caller:
        call(caller)

attempts = [
    lambda: tcp(lambda caller: caller.connect(("192.0.2.1", 443))),
    lambda: tcp(lambda caller: caller.connect_ex(("192.0.2.2", 443))),
    lambda: tcp(lambda caller: caller.connect(("2001:db8::3", 443)), socket.AF_INET6),
    lambda: udp(lambda sender: sender.sendto(b"x", ("192.0.2.4", 53))),
    lambda: udp(lambda sender: sender.sendmsg([b"x"], [], 0, ("192.0.2.5", 53))),
    lambda: socket.getaddrinfo("six.example.org", 443),
    lambda: socket.gethostbyname("seven.example.org"),
    lambda: urllib.request.urlopen("http://192.0.2.8/"),
    lambda: asyncio.run(asyncio.open_connection("192.0.2.9", 443)),
]

def in_thread():
    for attempt in attempts:
        with contextlib.suppress(OSError):
            attempt()

thread = threading.Thread(target=in_thread)
thread.start()
thread.join()
"""

AT_HOME = """
import socket, tempfile, pathlib
socket.getaddrinfo("localhost", 80)
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
path = pathlib.Path(tempfile.mkdtemp()) / "socket"
with socket.socket(socket.AF_UNIX) as server:
    server.bind(str(path))
    server.listen()
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))
"""


def recorded(code: str, folder: Path) -> list[str]:
    """Return what the guard recorded of some code."""
    record = folder / "guard.txt"
    subprocess.run([sys.executable, str(GUARD), str(record), "-c", code], check=True, timeout=60)
    return record.read_text().splitlines()


def test_the_guard_refuses_every_way_beyond_this_machine_also_in_threads(tmp_path: Path) -> None:
    lines = recorded(BEYOND, tmp_path)
    targets = ["192.0.2.1", "192.0.2.2", "2001:db8::3", "192.0.2.4", "192.0.2.5", "six", "seven", "192.0.2.8"]
    for target, line in zip([*targets, "192.0.2.9"], lines, strict=True):
        assert line.startswith("network socket.")
        assert target in line


def test_the_guard_lets_pass_what_stays_on_this_machine(tmp_path: Path) -> None:
    assert recorded(AT_HOME, tmp_path) == []


def test_the_guard_tells_of_child_processes_which_it_does_not_watch(tmp_path: Path) -> None:
    assert any("subprocess.Popen" in line for line in recorded("import subprocess; subprocess.run('true')", tmp_path))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    return made_once(tmp_path_factory, guarded)


def test_a_refresh_attempts_no_connection_and_no_name_look_up_beyond_loopback(run: Guarded) -> None:
    assert run.outcome["succeeded"]
    assert run.attempts == []


def test_a_refresh_starts_no_second_interpreter(run: Guarded) -> None:
    # Python's own platform module asks these two what machine this is when a library wants to know.
    assert set(run.children) <= {"subprocess.Popen 'file'", "subprocess.Popen 'uname'"}


def test_a_refresh_succeeds_in_a_network_namespace_without_any_interface(run: Guarded) -> None:
    if not run.without_network:
        pytest.skip("this machine lets nobody make a network namespace (unshare --net)")
    code = "import socket; socket.create_connection(('192.0.2.1', 9), 1)"
    dialled = subprocess.run([*no_network(), sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Network is unreachable" in dialled.stderr
    assert run.outcome["succeeded"]


def test_a_refresh_leaves_nothing_in_the_users_home(run: Guarded) -> None:
    assert run.left_in_user_home == []


def test_no_library_may_report_usage(run: Guarded) -> None:
    with instance(run.home.folder) as dagster_instance:
        assert dagster_instance.get_settings("telemetry") == {"enabled": False}
        assert dagster_instance.telemetry_enabled is False
    manifest = json.loads((run.home.folder / "dbt" / "manifest.json").read_text())
    assert manifest["metadata"]["send_anonymous_usage_stats"] is False


def test_great_expectations_judges_with_its_analytics_off(run: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    with warnings.catch_warnings(action="ignore"):  # what importing it warns of is judged where it is imported
        great_expectations = importlib.import_module("great_expectations")
    get_context = great_expectations.get_context

    def noted(**arguments: Any) -> Any:
        told.append(arguments["project_config"].analytics_enabled)
        return get_context(**arguments)

    monkeypatch.setattr(great_expectations, "get_context", noted)
    assert run.home.current is not None
    scorecard = pq.read_table(run.home.current / "mo_scorecard.parquet", partitioning=None).to_pandas()
    run_expectations(scorecard.drop(columns="refresh_id"), load_minimum_standard())
    assert set(told) == {False}
