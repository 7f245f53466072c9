"""S3's pages."""
