"""What each operation costs in a fleet that holds very much, beside one that holds next to nothing."""
