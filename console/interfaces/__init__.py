"""What the console knows the fleet by: AWS's operations (`aws_client`, a folder each) and the control paths (`fleet`).

Stands on `awskit.http_client` and `awskit.sigv4`.
"""
