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
        turns, heard, waited = 0, -1, 0.0
        while not self._stopped.wait(self._seconds / _TURNS):
            if heard != self._beats:
                turns, heard, waited = 0, self._beats, self._waited()
            else:
                turns += 1
                deaf = turns * self._seconds / _TURNS - (self._waited() - waited)
                if deaf >= self._seconds * _MOSTLY:
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
