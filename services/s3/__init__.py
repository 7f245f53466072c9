"""S3: buckets and objects over the REST API. Operations stand on the wings, the wings on the store."""
