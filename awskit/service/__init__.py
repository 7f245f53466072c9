"""A service put together: its application (request in, operation run, answer out), what stands at its entrance, what an
operation is and knows of its request, and the process that it runs in. Stands on all other wings.
"""
