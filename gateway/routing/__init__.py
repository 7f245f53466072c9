"""Which service a request is addressed to, by signature scope, target, action, host or path: pure functions."""
