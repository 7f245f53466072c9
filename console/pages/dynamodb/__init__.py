"""DynamoDB's pages."""
