"""AWS STS as far as local work needs it: who am I, and credentials that stand for a role. It keeps no state.

Credentials of a role in another account carry that account as their access key, which is how every RustStack service
tells accounts apart; who they stand for is in their session token.
"""
