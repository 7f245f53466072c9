"""What happens at midnight (UTC) of the service's clock: lifecycle rules are carried out, inventory reports written.

Stands on the wings, below the service's application alone.
"""
