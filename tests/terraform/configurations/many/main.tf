resource "aws_sqs_queue" "counted" {
  count                      = 30
  name                       = "${var.prefix}-${count.index}"
  visibility_timeout_seconds = var.changed ? 60 : 45
}

resource "aws_s3_bucket_object" "counted" {
  count   = 30
  bucket  = module.part["one"].bucket
  key     = "number ${count.index}"
  content = var.changed ? "changed" : "new"
}

resource "aws_sns_topic" "each" {
  for_each     = toset(["orders", "refunds", "returns"])
  name         = "${var.prefix}-${each.key}"
  display_name = var.changed ? "changed" : each.key
}

module "part" {
  source   = "./part"
  for_each = { one = "music", two = "dance" }
  name     = "${var.prefix}-${each.key}"
  team     = var.changed ? "all" : each.value
}
