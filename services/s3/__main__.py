"""`python -m services.s3`: the S3 service as a process of its own."""

from __future__ import annotations

from awskit.service.service_process import main
from services.s3.app import create_app
from services.s3.settings import S3Settings

if __name__ == "__main__":
    main("s3", S3Settings, create_app, 9001, keeps_files=True)
