"""DynamoDB's PartiQL: statements parsed, lowered to conditions and updates, and run on the item engine."""
