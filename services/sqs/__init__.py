"""Amazon SQS: queues, messages, dead letters. See `app.py` for how its parts are put together."""
