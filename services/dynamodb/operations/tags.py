"""TagResource, UntagResource and ListTagsOfResource.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.arns import parse_arn
from services.dynamodb.errors import ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.tags import check_tag_key, check_tags


@write_operation("TagResource")
def tag_resource(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Add or replace tags of a table."""
    arn = input["ResourceArn"]
    parse_arn(arn)
    if not input["Tags"]:
        raise ValidationException("Atleast one Tag needs to be provided as Input.")
    table = context.runtime.catalog.table_by_arn(transaction, arn, context.now, _missing(arn))
    tags = check_tags(input["Tags"], table.definition.get("Tags"))
    context.runtime.catalog.change(transaction, table, Tags=tags)
    return {}


@write_operation("UntagResource")
def untag_resource(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Take tags away; keys that are not there do not matter."""
    arn = input["ResourceArn"]
    parse_arn(arn)
    if not input["TagKeys"]:
        raise ValidationException("Atleast one Tag Key needs to be provided as Input.")
    table = context.runtime.catalog.table_by_arn(transaction, arn, context.now, _missing(arn))
    gone = set(map(check_tag_key, input["TagKeys"]))
    tags = {key: value for key, value in table.definition.get("Tags", {}).items() if key not in gone}
    context.runtime.catalog.change(transaction, table, Tags=tags or None)
    return {}


@read_operation("ListTagsOfResource")
def list_tags_of_resource(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """All tags, in the order of their keys: AWS knows a NextToken, and gives none."""
    arn = input["ResourceArn"]
    table = context.runtime.catalog.table_by_arn(transaction, arn, context.now, _missing(arn))
    tags: dict[str, str] = table.definition.get("Tags", {})
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}


def _missing(arn: str) -> str:
    return f"Requested resource not found: ResourceArn: {arn} not found"
