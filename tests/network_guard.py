"""Runs Colink, or any code, and refuses and records what would reach beyond this machine's loopback.

    python network_guard.py RECORD refresh --profile demo ...
    python network_guard.py RECORD -c 'code'

The interpreter tells its audit hooks of every connection, datagram, name look-up and child process, in all threads,
before it happens; a hook cannot be taken out again. Each line of RECORD is one of them. Code that is not Python's own
goes past the hook, therefore a refresh is also run where no network is at all.
"""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any

CHILDREN = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}
LOOKED_UP = {"socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname"}
SENT_TO = {"socket.connect", "socket.sendto", "socket.sendmsg"}


def guard(record: Path) -> None:
    """Watch this process from now on until it ends."""
    record.touch()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHILDREN:
            _note(record, "child", event, arguments[0] if arguments else "")
        elif (event in SENT_TO and not _stays_here(arguments[1])) or (
            event in LOOKED_UP and not _is_this_machine(arguments[0])
        ):
            _note(record, "network", event, arguments[1] if event in SENT_TO else arguments[0])
            raise PermissionError(f"{event}: not beyond this machine")

    sys.addaudithook(hook)


def _note(record: Path, kind: str, event: str, target: object) -> None:
    handle = os.open(record, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(handle, f"{kind} {event} {target!r}\n".encode())
    finally:
        os.close(handle)


def _stays_here(address: object) -> bool:
    """Say whether an address is this machine's: a Unix socket's path, the kernel's, or a loopback address."""
    return not (isinstance(address, tuple) and isinstance(address[0], str)) or _is_this_machine(address[0])


def _is_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


def main() -> None:
    """Guard this process, then do what the arguments say."""
    record, *arguments = sys.argv[1:]
    guard(Path(record))
    if arguments[0] == "-c":
        exec(arguments[1], {"__name__": "guarded"})
    else:
        from orchestration.command_line import app

        app(arguments)


if __name__ == "__main__":
    main()
