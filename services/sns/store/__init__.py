"""SNS's tables and queries. Nothing above it writes SQL."""
