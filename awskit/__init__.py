"""What every RustStack service is built from. It knows no service: import directions are kept by import-linter."""

__version__ = "0.1.0"
