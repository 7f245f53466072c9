"""Child processes as the supervisor sees them: forked, their output in a pipe, ending when their parent does.

`spawn` returns in the parent only; in the child it runs what it is given and never returns.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_RESET_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Process:
    """A running child: its process id and the pipe's end that its stdout and stderr come out of."""

    pid: int
    output: int


def spawn(name: str, run: Callable[[], None]) -> Process:
    """Fork a child that calls `run` and exits with 0, or 1 after a trace, or with what `SystemExit` says.

    `ps` and `top` show it by `name` (Linux).
    """
    reading, writing = os.pipe2(os.O_CLOEXEC)
    parent = os.getpid()
    # A signal meant for the child must not meet the parent's handlers in it.
    signal.pthread_sigmask(signal.SIG_BLOCK, _RESET_SIGNALS)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _RESET_SIGNALS)
        os.close(writing)
        os.set_blocking(reading, False)
        return Process(pid, reading)
    os.close(reading)
    status = 1
    try:
        _become_child(name, parent, writing)
        run()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _become_child(name: str, parent: int, output: int) -> None:
    # A group of its own: Ctrl-C reaches the supervisor alone, which then stops its children in order.
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for number in _RESET_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _RESET_SIGNALS)
    _arrange_with_kernel(name, parent)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _arrange_with_kernel(name: str, parent: int) -> None:
    """Be named, and be sent SIGTERM when the supervisor is gone, however it went (both on Linux only)."""
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_NAME, f"ruststack-{name}".encode()[:15], 0, 0, 0)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def describe_end(wait_status: int) -> str:
    """How a child ended, in words: `exit status 1`, `killed by SIGKILL`."""
    if os.WIFSIGNALED(wait_status):
        return f"killed by {signal.Signals(os.WTERMSIG(wait_status)).name}"
    return f"exit status {os.waitstatus_to_exitcode(wait_status)}"
