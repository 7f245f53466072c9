"""DynamoDB Streams' operations: a model of its own."""
