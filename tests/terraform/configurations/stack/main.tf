# An application: what is uploaded is told of by a topic, to a queue for each purpose, with dead letters; results in a table.
resource "aws_s3_bucket" "uploads" {
  bucket        = "${var.prefix}-uploads"
  force_destroy = true

  lifecycle_rule {
    enabled = true
    expiration { days = var.changed ? 10 : 30 }
  }

  lifecycle { ignore_changes = [server_side_encryption_configuration] }
}

resource "aws_sns_topic" "uploaded" {
  name = "${var.prefix}-uploaded"
}

resource "aws_sns_topic_policy" "uploaded" {
  arn    = aws_sns_topic.uploaded.arn
  policy = data.aws_iam_policy_document.publish.json
}

data "aws_iam_policy_document" "publish" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.uploaded.arn]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [aws_s3_bucket.uploads.arn]
    }
  }
}

resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  topic {
    topic_arn     = aws_sns_topic.uploaded.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "in/"
  }
  depends_on = [aws_sns_topic_policy.uploaded]
}

resource "aws_sqs_queue" "dead" {
  for_each = toset(["thumbnails", "index"])
  name     = "${var.prefix}-${each.key}-dead"
}

resource "aws_sqs_queue" "work" {
  for_each       = toset(["thumbnails", "index"])
  name           = "${var.prefix}-${each.key}"
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn, maxReceiveCount = var.changed ? 4 : 3 })
}

resource "aws_sqs_queue_policy" "work" {
  for_each  = aws_sqs_queue.work
  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = each.value.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.uploaded.arn } }
    }]
  })
}

resource "aws_sns_topic_subscription" "work" {
  for_each             = aws_sqs_queue.work
  topic_arn            = aws_sns_topic.uploaded.arn
  protocol             = "sqs"
  endpoint             = each.value.arn
  raw_message_delivery = true
}

resource "aws_sqs_queue" "orders" {
  name = "${var.prefix}-orders"
}

resource "aws_sns_topic_subscription" "orders" {
  topic_arn     = aws_sns_topic.uploaded.arn
  protocol      = "sqs"
  endpoint      = aws_sqs_queue.orders.arn
  filter_policy = jsonencode({ kind = ["order"] })
}

resource "aws_dynamodb_table" "results" {
  name             = "${var.prefix}-results"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "Id"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"

  attribute {
    name = "Id"
    type = "S"
  }
  attribute {
    name = "Kind"
    type = "S"
  }
  global_secondary_index {
    name            = "ByKind"
    hash_key        = "Kind"
    projection_type = "ALL"
  }
  ttl {
    attribute_name = "Expires"
    enabled        = true
  }
}

output "topic" { value = aws_sns_topic.uploaded.arn }
output "thumbnails" { value = aws_sqs_queue.work["thumbnails"].id }
output "orders" { value = aws_sqs_queue.orders.id }
