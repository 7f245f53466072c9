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
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  s3_force_path_style         = true
  skip_get_ec2_platforms      = true
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  endpoints {
    s3  = var.endpoint
    sqs = var.endpoint
  }
}

resource "aws_s3_bucket" "logs" {
  bucket = "${var.prefix}-logs"
  lifecycle {
    ignore_changes = [server_side_encryption_configuration]
  }
}

resource "aws_s3_bucket" "full" {
  bucket              = "${var.prefix}-full"
  force_destroy       = true
  acceleration_status = "Enabled"
  request_payer       = "Requester"
  tags                = { Team = "music", Stage = "test" }

  versioning {
    enabled = true
  }

  logging {
    target_bucket = aws_s3_bucket.logs.id
    target_prefix = "access/"
  }

  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "POST"]
    allowed_origins = ["https://app.example"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }

  lifecycle_rule {
    id      = "log"
    enabled = true
    prefix  = "log/"
    tags    = { rule = "log" }

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }

    expiration {
      days = 90
    }
  }

  lifecycle_rule {
    id                                     = "tmp"
    enabled                                = true
    prefix                                 = "tmp/"
    abort_incomplete_multipart_upload_days = 2

    noncurrent_version_expiration {
      days = 7
    }
  }

  website {
    index_document = "index.html"
    error_document = "error.html"
    routing_rules = jsonencode([{
      Condition = { KeyPrefixEquals = "docs/" }
      Redirect  = { ReplaceKeyPrefixWith = "documents/" }
    }])
  }

  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "AES256"
      }
    }
  }
}

resource "aws_s3_bucket" "locked" {
  bucket        = "${var.prefix}-locked"
  force_destroy = true

  object_lock_configuration {
    object_lock_enabled = "Enabled"
    rule {
      default_retention {
        mode = "GOVERNANCE"
        days = 1
      }
    }
  }

  lifecycle {
    ignore_changes = [server_side_encryption_configuration]
  }
}

resource "aws_s3_bucket_ownership_controls" "full" {
  bucket = aws_s3_bucket.full.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_public_access_block" "full" {
  bucket                  = aws_s3_bucket.full.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = false
  restrict_public_buckets = false
}

resource "aws_s3_bucket_policy" "full" {
  bucket = aws_s3_bucket.full.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = ["s3:GetObject"]
      Resource  = "${aws_s3_bucket.full.arn}/*"
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.full]
}

resource "aws_sqs_queue" "events" {
  name = "${var.prefix}-events"
}

resource "aws_s3_bucket_notification" "full" {
  bucket = aws_s3_bucket.full.id
  queue {
    queue_arn     = aws_sqs_queue.events.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "in/"
  }
}

resource "aws_s3_bucket_object" "tagged" {
  bucket       = aws_s3_bucket.full.id
  key          = "in/a b.txt"
  content      = "hello"
  content_type = "text/plain"
  metadata     = { colour = "blue" }
  tags         = { kind = "greeting" }
}

resource "aws_s3_object_copy" "copy" {
  bucket = aws_s3_bucket.full.id
  key    = "copy"
  source = "${aws_s3_bucket.full.id}/in/a b.txt"
  tags   = { kind = "greeting" }

  depends_on = [aws_s3_bucket_object.tagged]
}
