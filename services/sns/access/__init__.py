"""What each operation needs the permission for, and whose topics, subscriptions and devices it is about.

Stands on topics, subscriptions and mobile.
"""
