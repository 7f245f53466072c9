"""Phones: platform applications with their endpoints (mobile push), and SMS. Stands on nothing but errors and ARNs."""
