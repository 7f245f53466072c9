"""SNS's operations, one file each or per tight family; each is registered by its decorator."""
