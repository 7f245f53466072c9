terraform {
  backend "s3" {
    key     = "folder/state"
    encrypt = true
    region  = "us-east-1"

    skip_credentials_validation = true
    skip_metadata_api_check     = true
  }
}

resource "aws_sqs_queue" "queue" {
  name          = "${var.prefix}-queue"
  delay_seconds = var.changed ? 5 : 0
}
