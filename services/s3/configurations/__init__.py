"""Bucket configurations: what each may say, and what it means."""
