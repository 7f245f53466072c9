"""HTML from the templates, in which every value is escaped and a name that is not given is an error."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from awskit import __version__
from console.frame import texts
from console.frame.static_files import StaticFile

_FOLDER = Path(__file__).resolve().parent.parent / "templates"


def create_environment(static_files: Mapping[str, StaticFile]) -> Environment:
    """What renders all pages of a process."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.loopcontrols"],
    )
    environment.filters.update(
        when=texts.when,
        moment=texts.moment,
        bytes=texts.size_in_bytes,
        number=texts.number,
        duration=texts.duration,
        shown=texts.shown,
        quoted=shlex.quote,
        visible=texts.visible,
        pretty=texts.pretty,
        without_resource=texts.without_resource,
        exact=texts.exact,
        clock=texts.clock,
    )
    environment.globals.update(
        ruststack_version=__version__,
        static={name: file.url for name, file in static_files.items()},
        service_names=SERVICE_NAMES,
    )
    return environment


def render_part(environment: Environment, template: str, macro: str, **given: Any) -> str:
    """What one macro of a template makes of `given`: a row, for pages that are live."""
    return str(getattr(environment.get_template(template).module, macro)(**given))


SERVICE_NAMES = {"s3": "S3", "dynamodb": "DynamoDB", "sqs": "SQS", "sns": "SNS"}
