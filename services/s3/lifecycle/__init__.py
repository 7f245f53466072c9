"""Lifecycle rules: what they may say, which objects they mean, what is due when. Stands on buckets."""
