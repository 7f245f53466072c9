"""DynamoDB's tables on disk and the only statements that touch them, one module for each kind of row."""
