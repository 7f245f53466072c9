"""Routes that are no AWS operations: what was sent, is on its way, or failed, under `/_aws/sns/`.

Stands on the runtime and all below it.
"""
