"""Messages that end here, where nobody stands in for the service that they are for: kept, shown and forgotten.

In: messages, in the transaction that causes them. Out: `GET` shows them by recipient, `DELETE` forgets them. The newest
10,000 of a service's are kept.
"""
