"""The local authority and the certificates that it issues, for HTTPS on the gateway's port."""
