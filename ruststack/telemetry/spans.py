"""Hands what is placed to OpenTelemetry's SDK, which sends it as its own variables say (`OTEL_...`)."""

from __future__ import annotations

import os
from collections.abc import Iterable

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from awskit import __version__
from ruststack.telemetry.attributes import attributes, span_name
from ruststack.telemetry.traces import Place, Placed

_NANOSECONDS = 1_000_000_000


class _GivenIds(IdGenerator):  # type: ignore[misc]  # whose types mypy does not find
    """Those of the span that is begun next."""

    def __init__(self) -> None:
        self.next = Place(1, 1)

    def generate_trace_id(self) -> int:
        return self.next.trace_id

    def generate_span_id(self) -> int:
        return self.next.span_id


class Spans:
    """Each service is a resource of its own (`service.name` is `ruststack-sqs`); all go out by one exporter."""

    def __init__(self) -> None:
        self._ids = _GivenIds()
        self._processor: SpanProcessor = BatchSpanProcessor(OTLPSpanExporter())
        self._tracers: dict[str, trace.Tracer] = {}

    def add(self, placed: Iterable[Placed]) -> None:
        """Send these, soon."""
        for one in placed:
            if one.is_sampled:
                self._add(one)

    def shut_down(self) -> None:
        """Send what has not been sent."""
        self._processor.shutdown()

    def _add(self, placed: Placed) -> None:
        item, trace_id = placed.item, placed.place.trace_id
        self._ids.next = placed.place
        start = round(float(item["time"]) * _NANOSECONDS)
        span = self._tracer(item["service"]).start_span(
            span_name(item),
            context=_below(trace_id, placed.parent),
            kind=SpanKind.INTERNAL if item["what"] == "event" else SpanKind.SERVER,
            attributes=attributes(item),
            links=[Link(_context(link.trace_id, link.span_id)) for link in placed.links],
            start_time=start,
        )
        if item["what"] == "request" and item["status"] >= 500:
            error = item["error"]
            span.set_status(Status(StatusCode.ERROR, error["message"] if error else None))
        span.end(start + round(item.get("duration_ms", 0) * 1_000_000))

    def _tracer(self, service: str) -> trace.Tracer:
        tracer = self._tracers.get(service)
        if tracer is None:
            name = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": f"ruststack-{service}"}
            resource = Resource.create({"service.namespace": "ruststack", "service.version": __version__, **name})
            provider = TracerProvider(resource=resource, id_generator=self._ids, shutdown_on_exit=False)
            provider.add_span_processor(self._processor)
            self._tracers[service] = tracer = provider.get_tracer("ruststack", __version__)
        return tracer


def _below(trace_id: int, parent: int | None) -> Context:
    if parent is None:
        return Context()
    return trace.set_span_in_context(NonRecordingSpan(_context(trace_id, parent)), Context())


def _context(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
