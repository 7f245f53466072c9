"""What if: faults on purpose, another time, a seed, a snapshot."""
