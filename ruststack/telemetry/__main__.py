"""`python -m ruststack.telemetry [ENDPOINT]`: sends what a fleet is asked as OpenTelemetry's spans.

Until it is stopped: what is new when SIGTERM or Ctrl-C comes is still asked for and sent.
"""

from __future__ import annotations

import logging
import signal
import sys
import time

from awskit.http.server import set_up_logging
from ruststack.control_client import ControlClient
from ruststack.refusal import Refused
from ruststack.telemetry.traces import Item, Traces

_LOOK_SECONDS = 0.25
_PATH = "/_ruststack/trail"
_log = logging.getLogger("ruststack.telemetry")


STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _StopRequests:
    """Those that have come by a signal, one held back while this process began included."""

    def __init__(self) -> None:
        self.count = 0
        for number in STOP_SIGNALS:
            signal.signal(number, self._take)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def _take(self, number: int, frame: object) -> None:
        self.count += 1


def main(arguments: list[str]) -> None:
    """Exits with 2 and one line where opentelemetry is not there."""
    stop_requests = _StopRequests()  # before the imports, which take their time
    set_up_logging("INFO")
    try:
        from ruststack.telemetry.spans import Spans
    except ImportError as error:
        print(f"ruststack: {error}: pip install 'ruststack[otel]'", file=sys.stderr)
        raise SystemExit(2) from None
    feed, traces, spans = Feed(ControlClient(arguments[0] if arguments else "")), Traces(), Spans()
    while not stop_requests.count:
        spans.add(traces.place(feed.new(), time.monotonic()))
        time.sleep(_LOOK_SECONDS)
    spans.add([*traces.place(feed.new(), time.monotonic()), *traces.rest()])
    spans.shut_down()


class Feed:
    """What is new at the gateway."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client
        self._reached = ""
        self._said = ""

    def new(self) -> list[Item]:
        """What has come since the last time; nothing, and a line in the log, while the gateway does not tell."""
        try:
            answer = self._client.ask("GET", _PATH, {"after": self._reached})
        except Refused as error:
            if str(error) != self._said:
                _log.warning("no spans are sent: %s", error)
            self._said = str(error)
            return []
        self._said, self._reached = "", answer["reached"]
        if answer["lost"]:
            _log.warning("%d requests came faster than their spans were sent: see RUSTSTACK_JOURNAL", answer["lost"])
        found: list[Item] = answer["trail"]
        return found


if __name__ == "__main__":
    main(sys.argv[1:])
