"""Processor time of this process and of those that it started and that have ended."""

import os


def cpu_seconds() -> float:
    """Return seconds, of user and system."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
