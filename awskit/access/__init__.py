"""Who is let in: identities and roles, sessions of theirs, signatures, and AWS's decision about each request.

Stands on `sigv4`, `policy` and `settings`. What an operation is called in policies, and what it acts on, is each
service's own table; this wing knows none of them.
"""
