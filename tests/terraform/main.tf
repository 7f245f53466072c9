variable "endpoint" {}
variable "prefix" {}

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}

provider "aws" {
  region                 = "us-east-1"
  access_key             = "test"
  secret_key             = "test"
  s3_force_path_style    = true
  skip_get_ec2_platforms = true

  endpoints {
    dynamodb = var.endpoint
    iam      = var.endpoint
    s3       = var.endpoint
    sns      = var.endpoint
    sqs      = var.endpoint
    sts      = var.endpoint
  }
}

resource "aws_s3_bucket" "bucket" {
  bucket = "${var.prefix}-bucket"

  # AWS encrypts every bucket since 2023 and says so; to this version of the provider that is a change made elsewhere.
  lifecycle {
    ignore_changes = [server_side_encryption_configuration]
  }
}

resource "aws_s3_bucket_object" "object" {
  bucket  = aws_s3_bucket.bucket.id
  key     = "greeting"
  content = "hello"
}

resource "aws_dynamodb_table" "table" {
  name         = "${var.prefix}-table"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "Id"

  attribute {
    name = "Id"
    type = "S"
  }

  tags = { Team = "music" }
}

resource "aws_sqs_queue" "queue" {
  name                       = "${var.prefix}-queue"
  visibility_timeout_seconds = 45
  tags                       = { Team = "music" }
}

resource "aws_sns_topic" "topic" {
  name = "${var.prefix}-topic"
}

resource "aws_sns_topic_subscription" "subscription" {
  topic_arn            = aws_sns_topic.topic.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.queue.arn
  raw_message_delivery = true
}

data "aws_caller_identity" "me" {}

output "account" {
  value = data.aws_caller_identity.me.account_id
}

output "queue_url" {
  value = aws_sqs_queue.queue.id
}

output "topic_arn" {
  value = aws_sns_topic.topic.arn
}
