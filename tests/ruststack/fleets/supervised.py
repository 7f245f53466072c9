"""A supervisor with one member, run as a process of its own by `test_supervisor.py`: `python supervised.py WHAT`."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

from ruststack.fleets.log_stream import LogStream
from ruststack.fleets.supervisor import Member, StartFailed, Supervisor

LISTENING = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


def obedient() -> None:
    print(f"pid {os.getpid()}", flush=True)
    time.sleep(60)


def stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    obedient()


def failing() -> None:
    raise SystemExit(7)


def answering() -> None:
    """Answer one caller, say by whom, and end; be killed where the caller says so."""
    connection, _ = LISTENING.accept()
    print(f"pid {os.getpid()}", flush=True)
    if connection.recv(10) == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    connection.sendall(b"here")
    connection.close()


def main() -> None:
    members = {"obedient": obedient, "stubborn": stubborn, "failing": failing, "answering": answering}
    supervisor = Supervisor(LogStream())
    member = Member(sys.argv[1], members[sys.argv[1]])
    if "--socket" in sys.argv:
        member.listening = LISTENING
        LISTENING.bind(sys.argv[-1])
        LISTENING.listen()
        print("listens", file=sys.stderr, flush=True)
        supervisor.start_when_asked(member)
    else:
        supervisor.start(member)
    if "--ready" in sys.argv:
        supervisor.is_ready()
    try:
        while not supervisor.stop_requests:
            supervisor.turn()
    except StartFailed as error:
        sys.exit(str(error))
    supervisor.stop(member, 0.5)
    Path(sys.argv[2]).write_text("stopped")


if __name__ == "__main__":
    main()
