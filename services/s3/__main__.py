"""`python -m services.s3`: the S3 service as a process of its own."""

from __future__ import annotations

import gc

gc.disable()  # until `serve` has all that it needs: looking at what stays takes a quarter of the imports' time

from awskit.service.service_process import main  # noqa: E402
from services.s3.app import create_app  # noqa: E402
from services.s3.settings import S3Settings  # noqa: E402

if __name__ == "__main__":
    main("s3", S3Settings, create_app, 9001, keeps_files=True)
