"""SQS's tables and every statement on them; nothing above writes SQL."""
