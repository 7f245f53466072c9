"""What tests of an application use: a fleet for a test run, accounts of it, its clock, its faults, its journal.

`ruststack.pytest_plugin` makes pytest's fixtures of these; they know nothing of pytest themselves. See docs/testing.md.
"""
