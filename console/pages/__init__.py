"""The pages, a file each: its functions and their routes below account and region (`router`)."""
