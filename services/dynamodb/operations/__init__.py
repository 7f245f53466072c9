"""DynamoDB's operations, one file each; `awskit.operation.discover` finds them."""
