"""SNS's pages."""
