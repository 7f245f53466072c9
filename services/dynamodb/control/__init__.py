"""Routes that are no AWS operations: letting expired items go at once. Stands on housekeeping."""
