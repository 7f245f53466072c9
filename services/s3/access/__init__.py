"""Who may do what: ACLs, and, where the service is told to enforce them, signatures, policies and ownership."""
