"""DynamoDB's operations, as far as pages ask for them. Items are DynamoDB's own JSON: `{"id": {"S": "1"}}`.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""
