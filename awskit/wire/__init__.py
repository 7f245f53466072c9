"""AWS's wire protocols: requests to validated input by the operation's shapes, outputs and errors to answers.

`protocol.py` is the contract that each of them keeps. The shapes are in `specs/`, made by `generate.py` of botocore's.
Stands on the errors.
"""
