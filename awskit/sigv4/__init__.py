"""AWS's request signatures: what a request says of its own (`authorization`), whose it is (`caller`), making one
(`signing`), checking one (`verification`). Stands on `awskit.wire`.
"""
