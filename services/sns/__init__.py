"""Amazon SNS: topics, subscriptions, mobile endpoints, deliveries. See `app.py` for how its parts are put together."""
