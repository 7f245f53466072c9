"""What bounds a client's text: integers of so many digits, results kept for so many bytes. Stands on no other wing."""
