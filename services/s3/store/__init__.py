"""The tables and every query: all SQL of the service. Stands on nothing."""
