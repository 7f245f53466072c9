"""`python -m services.dynamodb`: the DynamoDB service as a process of its own."""

from __future__ import annotations

from awskit.service.service_process import main
from services.dynamodb.app import create_app
from services.dynamodb.settings import DynamoDbSettings

if __name__ == "__main__":
    main("dynamodb", DynamoDbSettings, create_app, 9004)
