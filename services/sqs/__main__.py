"""`python -m services.sqs`: the SQS service as a process of its own."""

from __future__ import annotations

from awskit.service.service_process import main
from services.sqs.app import create_app
from services.sqs.settings import SqsSettings

if __name__ == "__main__":
    main("sqs", SqsSettings, create_app, 9002)
