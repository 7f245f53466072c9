variable "name" {}
variable "team" {}

resource "aws_s3_bucket" "bucket" {
  bucket = var.name
  tags   = { Team = var.team }

  lifecycle { ignore_changes = [server_side_encryption_configuration] }
}

resource "aws_dynamodb_table" "table" {
  name         = var.name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "Id"
  tags         = { Team = var.team }

  attribute {
    name = "Id"
    type = "S"
  }
}

output "bucket" { value = aws_s3_bucket.bucket.id }
