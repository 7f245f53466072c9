"""RustStack beside other emulators of the same services: each installed from its registry, run as a black box."""
