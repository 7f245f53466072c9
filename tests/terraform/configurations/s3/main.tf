resource "aws_s3_bucket" "plain" {
  bucket = "${var.prefix}-plain"

  # AWS encrypts every bucket since 2023 and says so; to this version of the provider that is a change made elsewhere.
  lifecycle { ignore_changes = [server_side_encryption_configuration] }
}

# No acl: AWS refuses them since 2023, unless the bucket does not enforce its owner.
resource "aws_s3_bucket" "logs" {
  bucket = "${var.prefix}-logs"

  lifecycle { ignore_changes = [server_side_encryption_configuration] }
}

resource "aws_s3_bucket" "full" {
  bucket              = "${var.prefix}-full"
  acceleration_status = var.changed ? "Suspended" : "Enabled"
  request_payer       = var.changed ? "BucketOwner" : "Requester"
  tags                = { Team = var.changed ? "dance" : "music" }

  versioning { enabled = true }

  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "GET"]
    allowed_origins = ["https://example.com"]
    expose_headers  = ["ETag"]
    max_age_seconds = var.changed ? 60 : 3000
  }

  website {
    index_document = "index.html"
    error_document = var.changed ? "oops.html" : "error.html"
    routing_rules  = jsonencode([{ Condition = { KeyPrefixEquals = "docs/" }, Redirect = { ReplaceKeyPrefixWith = "documents/" } }])
  }

  logging {
    target_bucket = aws_s3_bucket.logs.id
    target_prefix = var.changed ? "elsewhere/" : "log/"
  }

  lifecycle_rule {
    id      = "old"
    prefix  = "old/"
    enabled = true
    tags    = { rule = "log" }
    expiration { days = var.changed ? 90 : 100 }
    noncurrent_version_expiration { days = 90 }
    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
  }

  lifecycle_rule {
    id                                     = "uploads"
    enabled                                = true
    abort_incomplete_multipart_upload_days = 7
  }

  server_side_encryption_configuration {
    rule {
      bucket_key_enabled = var.changed
      apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
    }
  }
}

resource "aws_s3_bucket" "locked" {
  bucket = "${var.prefix}-locked"

  versioning { enabled = true }

  object_lock_configuration {
    object_lock_enabled = "Enabled"
    rule {
      default_retention {
        mode = "GOVERNANCE"
        days = var.changed ? 2 : 1
      }
    }
  }

  lifecycle { ignore_changes = [server_side_encryption_configuration] }
}

resource "aws_s3_bucket_policy" "full" {
  bucket = aws_s3_bucket.full.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "read"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = var.changed ? ["s3:GetObject", "s3:PutObject"] : ["s3:GetObject"]
      Resource  = ["${aws_s3_bucket.full.arn}/*"]
    }]
  })
}

resource "aws_s3_bucket_public_access_block" "plain" {
  bucket              = aws_s3_bucket.plain.id
  block_public_acls   = true
  block_public_policy = var.changed
}

resource "aws_s3_bucket_ownership_controls" "plain" {
  bucket = aws_s3_bucket.plain.id
  rule { object_ownership = var.changed ? "ObjectWriter" : "BucketOwnerPreferred" }
  depends_on = [aws_s3_bucket_public_access_block.plain]
}

# AWS takes no ACLs by default any more, and this version sets one, "private", after an import.
resource "aws_s3_bucket_ownership_controls" "others" {
  for_each = { full = aws_s3_bucket.full.id, locked = aws_s3_bucket.locked.id, logs = aws_s3_bucket.logs.id }
  bucket   = each.value
  rule { object_ownership = "ObjectWriter" }
}

resource "aws_s3_account_public_access_block" "account" {
  block_public_acls  = true
  ignore_public_acls = var.changed
}

resource "aws_s3_bucket_analytics_configuration" "plain" {
  bucket = aws_s3_bucket.plain.id
  name   = "all"
  filter { prefix = var.changed ? "documents/" : "pictures/" }
  storage_class_analysis {
    data_export {
      destination {
        s3_bucket_destination {
          bucket_arn = aws_s3_bucket.logs.arn
          prefix     = "analysis"
        }
      }
    }
  }
}

resource "aws_s3_bucket_inventory" "plain" {
  bucket                   = aws_s3_bucket.plain.id
  name                     = "weekly"
  included_object_versions = "All"
  optional_fields          = ["ETag", "Size"]
  enabled                  = !var.changed
  schedule { frequency = "Weekly" }
  destination {
    bucket {
      format     = "CSV"
      bucket_arn = aws_s3_bucket.logs.arn
    }
  }
}

resource "aws_s3_bucket_metric" "plain" {
  bucket = aws_s3_bucket.plain.id
  name   = "documents"
  filter {
    prefix = var.changed ? "papers/" : "documents/"
    tags   = { class = "blue" }
  }
}

resource "aws_s3_bucket_object" "greeting" {
  bucket        = aws_s3_bucket.plain.id
  key           = "a folder/greeting"
  content       = var.changed ? "good evening" : "hello"
  content_type  = "text/plain"
  cache_control = "no-cache"
  metadata      = { team = "music" }
  tags          = { Kind = var.changed ? "letter" : "card" }
}

resource "aws_s3_object_copy" "greeting" {
  bucket            = aws_s3_bucket.plain.id
  key               = "copy"
  source            = "${aws_s3_bucket.plain.id}/${aws_s3_bucket_object.greeting.key}"
  tagging_directive = "REPLACE"
  tags              = { Kind = "copy" }
}

resource "aws_sqs_queue" "events" {
  name   = "${var.prefix}-events"
  policy = data.aws_iam_policy_document.events.json
}

data "aws_iam_policy_document" "events" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["arn:aws:sqs:us-east-1:${var.account}:${var.prefix}-events"]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

resource "aws_s3_bucket_notification" "full" {
  bucket = aws_s3_bucket.full.id
  queue {
    id            = "images"
    queue_arn     = aws_sqs_queue.events.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = var.changed ? "photos/" : "images/"
    filter_suffix = ".png"
  }
}

data "aws_s3_bucket" "full" {
  bucket = aws_s3_bucket.full.id
}

data "aws_s3_bucket_object" "greeting" {
  bucket = aws_s3_bucket.plain.id
  key    = aws_s3_bucket_object.greeting.key
}

data "aws_s3_bucket_objects" "plain" {
  bucket     = aws_s3_bucket.plain.id
  depends_on = [aws_s3_object_copy.greeting]
}

data "aws_canonical_user_id" "me" {}

output "objects" { value = data.aws_s3_bucket_objects.plain.keys }
output "website" { value = data.aws_s3_bucket.full.website_endpoint }
output "owner" { value = data.aws_canonical_user_id.me.id }

resource "aws_s3_access_point" "plain" {
  bucket = aws_s3_bucket.plain.id
  name   = "${var.prefix}-plain"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.account}:root" }
      Action    = var.changed ? "s3:GetObject" : "s3:GetObjectTagging"
      Resource  = "arn:aws:s3:us-east-1:${var.account}:accesspoint/${var.prefix}-plain/object/*"
    }]
  })

  public_access_block_configuration {
    block_public_acls       = true
    block_public_policy     = false
    ignore_public_acls      = true
    restrict_public_buckets = false
  }
}

resource "aws_s3_access_point" "vpc" {
  bucket = aws_s3_bucket.logs.id
  name   = "${var.prefix}-vpc"
  vpc_configuration { vpc_id = "vpc-1a2b3c4d" }
}
