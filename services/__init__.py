"""The four services, a package and a process each. None imports another: they talk HTTP (`docs/architecture.md`)."""
