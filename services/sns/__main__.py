"""`python -m services.sns`: the SNS service as a process of its own."""

from __future__ import annotations

import gc

gc.disable()  # until `serve` has all that it needs: looking at what stays takes a quarter of the imports' time

from awskit.service.service_process import main  # noqa: E402
from services.sns.app import create_app  # noqa: E402
from services.sns.settings import SnsSettings  # noqa: E402

if __name__ == "__main__":
    main("sns", SnsSettings, create_app, 9003)
