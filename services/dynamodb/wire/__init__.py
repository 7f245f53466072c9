"""What DynamoDB's front end makes of a request before an operation sees it: signatures, JSON to attribute values, constraints.

Stands on `values`.
"""
