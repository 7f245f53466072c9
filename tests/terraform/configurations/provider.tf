# Beside each configuration: no skip_... flag, so that the provider asks all it wants to at its start.
variable "endpoint" {}
variable "s3_endpoint" {}
variable "s3control_endpoint" {}
variable "path_style" {}
variable "account" {}
variable "prefix" {}

# Whether what can be changed in place has been changed.
variable "changed" {
  type    = bool
  default = false
}

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}

provider "aws" {
  region              = "us-east-1"
  access_key          = var.account
  secret_key          = "test"
  s3_force_path_style = var.path_style

  endpoints {
    dynamodb  = var.endpoint
    ec2       = var.endpoint
    iam       = var.endpoint
    s3        = var.s3_endpoint
    s3control = var.s3control_endpoint
    sns       = var.endpoint
    sqs       = var.endpoint
    sts       = var.endpoint
  }

  default_tags {
    tags = { Project = "music" }
  }
}

data "aws_caller_identity" "me" {}
