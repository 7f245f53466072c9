"""The operations of S3 and of S3 Control, a file each or a tight family: what a request asks, in the wings' terms."""
