"""What AWS's resources have in common: ARNs and partitions, tags, and the tokens of pages. Stands on no other wing."""
