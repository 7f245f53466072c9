"""The server side of HTTP: a connection, the exchanges on it, ASGI beside them, and the server that every process runs.

Stands on `awskit.wire` (what a request's body is) and `awskit.eager_task`.
"""
