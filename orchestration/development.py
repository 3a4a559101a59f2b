"""The Dagster page on loopback."""

import os
import subprocess
import sys
from pathlib import Path

from orchestration.home import home_folder, instance_folder

LOOPBACK = "127.0.0.1"


def serve(home: Path | None, port: int, profile: str | None = None, landing: Path | None = None) -> int:
    """Run the page and the daemon until interrupted; return the exit code.

    With a profile, here or in COLINK_PROFILE, the schedules and the sensor are on; without one they are off.
    """
    folder = home_folder(home)
    environment = os.environ | {
        "COLINK_HOME": str(folder),
        "DAGSTER_HOME": str(instance_folder(folder)),
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }
    environment |= {"COLINK_PROFILE": profile} if profile else {}
    environment |= {"COLINK_LANDING": str(landing.resolve())} if landing else {}
    command = [sys.executable, "-m", "dagster", "dev", "--module-name", "orchestration.definitions"]
    return subprocess.run([*command, "--host", LOOPBACK, "--port", str(port)], env=environment, check=False).returncode
