resource "aws_sqs_queue" "dead" {
  name = "${var.prefix}-dead"
}

resource "aws_sqs_queue" "full" {
  name                              = "${var.prefix}-full"
  delay_seconds                     = var.changed ? 5 : 90
  max_message_size                  = 2048
  message_retention_seconds         = 86400
  receive_wait_time_seconds         = var.changed ? 0 : 10
  visibility_timeout_seconds        = 45
  kms_master_key_id                 = "alias/aws/sqs"
  kms_data_key_reuse_period_seconds = 300
  tags                              = { Team = var.changed ? "dance" : "music" }
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = var.changed ? 5 : 4
  })
}

resource "aws_sqs_queue" "ordered" {
  name                        = "${var.prefix}-ordered.fifo"
  fifo_queue                  = true
  content_based_deduplication = var.changed
}

resource "aws_sqs_queue" "by_prefix" {
  name_prefix = "${var.prefix}-some-"
}

resource "aws_sqs_queue_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = var.changed ? ["sqs:SendMessage", "sqs:ReceiveMessage"] : ["sqs:SendMessage"]
      Resource  = aws_sqs_queue.dead.arn
    }]
  })
}

resource "aws_sns_topic" "full" {
  name                              = "${var.prefix}-full"
  display_name                      = var.changed ? "Dance" : "Music"
  kms_master_key_id                 = "alias/aws/sns"
  http_success_feedback_role_arn    = "arn:aws:iam::${var.account}:role/feedback"
  http_success_feedback_sample_rate = var.changed ? 50 : 100
  sqs_failure_feedback_role_arn     = "arn:aws:iam::${var.account}:role/feedback"
  tags                              = { Team = var.changed ? "dance" : "music" }
  delivery_policy = jsonencode({
    http = {
      defaultHealthyRetryPolicy = {
        minDelayTarget     = 20
        maxDelayTarget     = 20
        numRetries         = var.changed ? 4 : 3
        numMaxDelayRetries = 0
        numNoDelayRetries  = 0
        numMinDelayRetries = 0
        backoffFunction    = "linear"
      }
      disableSubscriptionOverrides = false
    }
  })
}

resource "aws_sns_topic" "ordered" {
  name                        = "${var.prefix}-ordered.fifo"
  fifo_topic                  = true
  content_based_deduplication = !var.changed
}

resource "aws_sns_topic_policy" "full" {
  arn = aws_sns_topic.full.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "publish"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.full.arn
      Condition = { StringEquals = { "aws:SourceAccount" = var.changed ? "111111111111" : var.account } }
    }]
  })
}

resource "aws_sns_topic_subscription" "filtered" {
  topic_arn            = aws_sns_topic.full.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.full.arn
  raw_message_delivery = var.changed
  filter_policy        = jsonencode({ kind = [var.changed ? "refund" : "order"], price = [{ numeric = [">=", 10] }] })
  redrive_policy       = var.changed ? jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn }) : null
}

resource "aws_sns_topic_subscription" "ordered" {
  topic_arn = aws_sns_topic.ordered.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.ordered.arn
}

resource "aws_sns_platform_application" "phones" {
  name                         = "${var.prefix}-phones"
  platform                     = "GCM"
  platform_credential          = "a key"
  success_feedback_sample_rate = var.changed ? 50 : 100
}

resource "aws_sns_sms_preferences" "text" {
  default_sender_id   = var.changed ? "Dance" : "Music"
  default_sms_type    = "Transactional"
  monthly_spend_limit = 1
}

data "aws_sqs_queue" "dead" {
  name       = aws_sqs_queue.dead.name
  depends_on = [aws_sqs_queue_policy.dead]
}

data "aws_sns_topic" "full" {
  name       = aws_sns_topic.full.name
  depends_on = [aws_sns_topic_policy.full]
}

output "dead" { value = data.aws_sqs_queue.dead.arn }
output "topic" { value = data.aws_sns_topic.full.arn }
