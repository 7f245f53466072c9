"""Attribute values: what DynamoDB accepts, their normal form, their order and size, and keys as bytes.

Stands on nothing but the errors.
"""
