"""Access points: how they are named and addressed, and what may be asked through them.

A request that names one is turned into a request about its bucket as it arrives (`arrival`); `HttpRequest.via` then
says by what it has come. Stands on the store.
"""
