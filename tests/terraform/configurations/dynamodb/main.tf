resource "aws_dynamodb_table" "full" {
  name             = "${var.prefix}-full"
  billing_mode     = "PROVISIONED"
  read_capacity    = var.changed ? 7 : 5
  write_capacity   = 5
  hash_key         = "Artist"
  range_key        = "Song"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  tags             = { Team = var.changed ? "dance" : "music" }

  attribute {
    name = "Artist"
    type = "S"
  }
  attribute {
    name = "Song"
    type = "S"
  }
  attribute {
    name = "Plays"
    type = "N"
  }
  attribute {
    name = "Year"
    type = "N"
  }

  local_secondary_index {
    name            = "ByPlays"
    range_key       = "Plays"
    projection_type = "KEYS_ONLY"
  }
  global_secondary_index {
    name               = "ByYear"
    hash_key           = "Year"
    range_key          = "Artist"
    read_capacity      = var.changed ? 3 : 2
    write_capacity     = 2
    projection_type    = "INCLUDE"
    non_key_attributes = ["Label"]
  }

  ttl {
    attribute_name = "Expires"
    enabled        = true
  }
  point_in_time_recovery { enabled = var.changed }
  server_side_encryption { enabled = true }
}

resource "aws_dynamodb_table" "on_demand" {
  name         = "${var.prefix}-on-demand"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "Id"

  attribute {
    name = "Id"
    type = "B"
  }
  dynamic "attribute" {
    for_each = var.changed ? ["Kind"] : []
    content {
      name = "Kind"
      type = "S"
    }
  }
  dynamic "global_secondary_index" {
    for_each = var.changed ? ["ByKind"] : []
    content {
      name            = "ByKind"
      hash_key        = "Kind"
      projection_type = "ALL"
    }
  }
  stream_enabled   = var.changed
  stream_view_type = var.changed ? "KEYS_ONLY" : null
}

resource "aws_dynamodb_table_item" "song" {
  table_name = aws_dynamodb_table.full.name
  hash_key   = aws_dynamodb_table.full.hash_key
  range_key  = aws_dynamodb_table.full.range_key
  item = jsonencode({
    Artist = { S = "Choir" }
    Song   = { S = "Anthem" }
    Plays  = { N = var.changed ? "2" : "1" }
    Tags   = { SS = ["loud", "old"] }
    Live   = { BOOL = true }
  })
}

resource "aws_dynamodb_kinesis_streaming_destination" "changes" {
  table_name = aws_dynamodb_table.full.name
  stream_arn = "arn:aws:kinesis:us-east-1:${var.account}:stream/changes"
}

data "aws_dynamodb_table" "full" {
  name       = aws_dynamodb_table.full.name
  depends_on = [aws_dynamodb_table_item.song]
}

output "stream" { value = data.aws_dynamodb_table.full.stream_arn }
