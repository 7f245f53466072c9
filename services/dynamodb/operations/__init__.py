"""DynamoDB's operations, one file each; `awskit.service.operation.discover` finds them."""
