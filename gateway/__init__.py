"""The edge of the fleet: names the service a request is for and passes it on; answers STS and control routes itself."""
