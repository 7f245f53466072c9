"""The journal of requests: what a service was asked last, by whom, and what it answered; kept in memory alone.

`ring` keeps it, `filters` says what of it is wanted (the gateway asks that too, so it imports little), `lines` writes a
request in a line, `route` answers `GET /_ruststack/requests`.
"""
