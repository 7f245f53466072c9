"""The `ruststack` command, and the fleet on one machine: its processes, their readiness, init scripts and settings."""
