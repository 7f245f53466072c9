"""The tasks that the Celery test's worker runs; its broker is the service under test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery

app = Celery("tasks", broker=os.environ["TEST_BROKER"])
app.conf.update(
    broker_transport_options={
        "region": "us-east-1",
        "is_secure": False,
        "polling_interval": 0.1,
        "wait_time_seconds": 2,
        "visibility_timeout": 30,
        "queue_name_prefix": os.environ["TEST_PREFIX"],
    },
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_default_queue="celery",
    worker_enable_remote_control=False,
)


def _write(name: str, text: str) -> None:
    (Path(os.environ["TEST_FOLDER"]) / name).write_text(text)


@app.task  # type: ignore[untyped-decorator]
def add(name: str, one: int, other: int) -> int:
    _write(name, str(one + other))
    return one + other


@app.task(bind=True, max_retries=3)  # type: ignore[untyped-decorator]
def fail_twice(self: Any) -> None:
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    _write("retried", str(self.request.retries))


@app.task  # type: ignore[untyped-decorator]
def large(text: str) -> None:
    _write("large", str(len(text)))
