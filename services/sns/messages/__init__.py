"""What SNS sends: a message as it was published, the document around it, and the signature. Stands on the store."""
