"""Ends a process whose event loop has been deaf for long, so that whoever started it starts it anew.

In: `beat`, called by the loop as long as it goes round. Out, where it is not called for `seconds`: what every thread
was doing goes to stderr, and the process is gone (exit status 70, or killed by SIGPROF). Waiting for a processor, on a
machine that has too much to do, is not being deaf (where the system says how long that was: Linux).

Two watch, since neither sees all: a thread, which counts its own turns rather than the time, so that a process that was
paused (`docker pause`, a closed laptop) is not taken for deaf when it goes on; and a timer of the processor time used,
whose signal comes through where the thread cannot run either, as in an expression that is matched for ever.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from pathlib import Path

_STDERR = 2
_TURNS = 5
_MOSTLY = 0.99  # turns are no exact measure
_NEVER = 1e6
_EXIT_STATUS = 70  # EX_SOFTWARE of sysexits.h


class DeafTurns:
    """Counts the turns of who watches in which the loop has not gone round; `seconds` of them are too many."""

    def __init__(self, seconds: float) -> None:
        self.length = seconds / _TURNS
        self._most = seconds * _MOSTLY
        self._turns = 0
        self._heard = -1
        self._waited = 0.0

    def end_one(self, beats: int, waited: float) -> bool:
        """Whether the loop has been deaf for too long by now.

        `beats`: how often it has gone round; `waited`: for how many seconds in all it was ready to run, and had no
        processor.
        """
        if self._heard != beats:
            self._turns, self._heard, self._waited = 0, beats, waited
            return False
        self._turns += 1
        return self._turns * self.length - (waited - self._waited) >= self._most


class Watchdog:
    """See the module. `seconds` 0: it does nothing. It is started in the main thread, once a process."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds if 0 < seconds < _NEVER else 0.0
        self._beats = 0
        self._scheduling = Path("/proc/self/task/0/schedstat")
        self._stopped = threading.Event()

    def start(self) -> None:
        """Watch from now on."""
        if self._seconds > 0:
            self._scheduling = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
            faulthandler.register(signal.SIGPROF, file=_STDERR, all_threads=True, chain=True)
            threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
            self.beat()

    def beat(self) -> None:
        """The loop goes round."""
        self._beats += 1
        if self._seconds > 0:
            signal.setitimer(signal.ITIMER_PROF, self._seconds)

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()
        if self._seconds > 0:
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.unregister(signal.SIGPROF)

    def _watch(self) -> None:
        turns = DeafTurns(self._seconds)
        while not self._stopped.wait(turns.length):
            if turns.end_one(self._beats, self._waited()):
                self._end()

    def _waited(self) -> float:
        """Seconds for which the loop's thread has been ready to run, and had no processor."""
        try:
            return int(self._scheduling.read_bytes().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return 0.0

    def _end(self) -> None:
        os.set_blocking(_STDERR, False)  # nobody may be reading it, which may be why the loop stands still
        try:
            os.write(_STDERR, f"The event loop has been deaf for {self._seconds:g} s: the process ends.\n".encode())
            faulthandler.dump_traceback(_STDERR, all_threads=True)
        finally:
            os._exit(_EXIT_STATUS)
