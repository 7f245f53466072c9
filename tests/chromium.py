"""A real Chromium without a screen, told what to do over its debugging pipe: no driver, no package.

    with running_chromium(folder, {"evil.test": "127.0.0.1"}) as browser:
        page = browser.open("http://evil.test:8000/")
        page.run("(await fetch('http://localhost:4566/', {mode: 'no-cors'})).type")

In: JavaScript; what it gives, as JSON can hold it, comes back. `PageError` where it throws.
https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",  # root has no other choice, and the pages are the tests' own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-extensions",
    "--no-first-run",
    "--remote-debugging-pipe",
)
_TIMEOUT = 60.0


class PageError(Exception):
    """The script threw; the text is what it threw."""


class Chromium:
    """The browser. Made by `running_chromium`."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._buffer = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def open(self, url: str) -> Page:
        """A tab with `url` in it, once that has been loaded; what it answers does not matter."""
        target = self.command("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.command("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = Page(self, target, session)
        page.go(url)
        return page

    def command(self, method: str, parameters: Mapping[str, Any], session: str | None = None) -> dict[str, Any]:
        """One command's result. RuntimeError where the browser does not take it."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        answer = self._read_until(lambda message: message.get("id") == number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def event(self, method: str, session: str) -> dict[str, Any]:
        """The next event of this kind that has not been asked for."""

        def matches(message: dict[str, Any]) -> bool:
            return message.get("method") == method and message.get("sessionId") == session

        for event in self._events:
            if matches(event):
                self._events.remove(event)
                return event
        return self._read_until(matches)

    def _read_until(self, matches: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + _TIMEOUT
        while True:
            message = self._next(deadline)
            if matches(message):
                return message
            if "method" in message:
                self._events.append(message)

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._reading], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer")
            data = os.read(self._reading, 1 << 16)
            if not data:
                raise EOFError("the browser has ended")
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message


class Page:
    """One tab."""

    def __init__(self, browser: Chromium, target: str, session: str) -> None:
        self._browser = browser
        self._target = target
        self._session = session
        self._command("Page.enable")

    def go(self, url: str) -> None:
        """Open `url`, and return once it has been loaded."""
        self._command("Page.navigate", url=url)
        self._browser.event("Page.loadEventFired", self._session)

    def run(self, script: str) -> Any:
        """What the expression `script`, which may `await`, gives. PageError where it throws."""
        return self._evaluate(f"(async () => ({script}))()")

    def do(self, statements: str) -> Any:
        """The same for statements, which may `return` something."""
        return self._evaluate(f"(async () => {{ {statements} }})()")

    def leave(self, statements: str) -> None:
        """Run what makes the page go elsewhere, and return once it is there."""
        self._evaluate(f"(() => {{ {statements} }})()")
        self._browser.event("Page.loadEventFired", self._session)

    def close(self) -> None:
        self._browser.command("Target.closeTarget", {"targetId": self._target})

    def _evaluate(self, expression: str) -> Any:
        answer = self._command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise PageError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def _command(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.command(method, parameters, self._session)


@contextmanager
def running_chromium(folder: Path, names: Mapping[str, str] | None = None) -> Iterator[Chromium]:
    """A browser with a profile of its own below `folder`, for which `names` have these addresses.

    FileNotFoundError where the machine has none.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise FileNotFoundError(f"none of {', '.join(_PROGRAMS)} is on this machine: apt-get install chromium")
    rules = ",".join(f"MAP {name} {address}" for name, address in (names or {}).items())
    to_browser, from_browser = os.pipe(), os.pipe()
    command = [program, *_OPTIONS, f"--user-data-dir={folder}", f"--host-resolver-rules={rules}", "about:blank"]

    def place_pipes() -> None:
        # the browser reads descriptor 3 and writes to 4, which either of them may be by now
        reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_browser[0], from_browser[1]))
        os.dup2(reading, 3)
        os.dup2(writing, 4)

    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=place_pipes, close_fds=False
    )
    os.close(to_browser[0])
    os.close(from_browser[1])
    try:
        yield Chromium(from_browser[0], to_browser[1])
    finally:
        os.close(to_browser[1])  # at which it ends
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(from_browser[0])
