"""The Dagster page on loopback."""

import os
import subprocess
import sys
from pathlib import Path

from orchestration.home import home_folder, instance_folder

LOOPBACK = "127.0.0.1"


def serve(home: Path | None, port: int) -> int:
    """Run the page and the daemon (schedules, sensor) until interrupted; return the exit code."""
    folder = home_folder(home)
    environment = os.environ | {
        "COLINK_HOME": str(folder),
        "DAGSTER_HOME": str(instance_folder(folder)),
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }
    command = [sys.executable, "-m", "dagster", "dev", "--module-name", "orchestration.definitions"]
    return subprocess.run([*command, "--host", LOOPBACK, "--port", str(port)], env=environment, check=False).returncode
