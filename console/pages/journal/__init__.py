"""What was asked: the journal of requests, one request whole, and a message's way as a graph."""
