"""Faults on purpose: rules by which a service's requests fail, wait, or lose their connection.

`rules` reads them, `injection` holds those of one process and strikes, `route` is how the gateway hands them over.
"""
