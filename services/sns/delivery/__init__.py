"""Parcels on their way: to the SQS service, to HTTP/S endpoints, and on to the next chunk of a fan-out."""
