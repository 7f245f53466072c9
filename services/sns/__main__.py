"""`python -m services.sns`: the SNS service as a process of its own."""

from __future__ import annotations

from awskit.service.service_process import main
from services.sns.app import create_app
from services.sns.settings import SnsSettings

if __name__ == "__main__":
    main("sns", SnsSettings, create_app, 9003)
