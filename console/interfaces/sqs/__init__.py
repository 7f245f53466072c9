"""Amazon SQS, as far as the console asks it: queues, messages, what waits without being received, moves of messages."""
