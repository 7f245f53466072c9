"""SQS's pages."""
