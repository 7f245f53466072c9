"""SQS's operations, each found by its decorator; a new file here is a new operation."""
