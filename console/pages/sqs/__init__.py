"""The pages of SQS: queues, what waits in them, sending, settings, and the way of dead letters."""
