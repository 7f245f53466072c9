"""Event notifications: what happened to objects, told to queues and topics."""
