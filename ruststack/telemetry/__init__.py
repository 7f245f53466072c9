"""The journals' requests and what happens between them, as OpenTelemetry's spans.

A process of its own (`__main__`), which a fleet starts where `OTEL_EXPORTER_OTLP_ENDPOINT` is set: it asks the gateway
what is new, so that the services do nothing for it. `traces` puts what belongs together into traces, `attributes` gives
it OpenTelemetry's names, `spans` hands it to the SDK, which alone imports opentelemetry (`ruststack[otel]`).
"""
