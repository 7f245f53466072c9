provider "aws" {
  alias      = "west"
  region     = "us-west-2"
  access_key = var.account
  secret_key = "test"

  endpoints {
    dynamodb = var.endpoint
    ec2      = var.endpoint
    iam      = var.endpoint
    sts      = var.endpoint
  }
}

resource "aws_dynamodb_table" "replicated" {
  name             = "${var.prefix}-replicated"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "Id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "Id"
    type = "S"
  }
  dynamic "replica" {
    for_each = var.changed ? ["eu-west-1"] : ["eu-west-1", "us-west-2"]
    content {
      region_name = replica.value
    }
  }
}

data "aws_dynamodb_table" "replica" {
  provider   = aws.west
  name       = "${var.prefix}-legacy"
  depends_on = [aws_dynamodb_table.west]
}

resource "aws_dynamodb_table" "east" {
  name             = "${var.prefix}-legacy"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "Id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "Id"
    type = "S"
  }
}

resource "aws_dynamodb_table" "west" {
  provider         = aws.west
  name             = "${var.prefix}-legacy"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "Id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "Id"
    type = "S"
  }
}

resource "aws_dynamodb_global_table" "legacy" {
  name = aws_dynamodb_table.east.name

  replica { region_name = "us-east-1" }
  dynamic "replica" {
    for_each = var.changed ? [] : ["us-west-2"]
    content {
      region_name = replica.value
    }
  }
  depends_on = [aws_dynamodb_table.east, aws_dynamodb_table.west]
}

resource "aws_dynamodb_table_item" "west" {
  provider   = aws.west
  table_name = aws_dynamodb_table.west.name
  hash_key   = "Id"
  item       = jsonencode({ Id = { S = "1" } })
  depends_on = [aws_dynamodb_global_table.legacy]
}
