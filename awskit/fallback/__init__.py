"""Other emulators, for what is no service of the fleet's: where they are, and how our services call them.

`RUSTSTACK_FALLBACK_URL=http://ministack:4566` takes everything, `ssm=http://one:5000,lambda=http://two:3001` some
services, `lambda=http://two:3001,*=http://one:5000` both.
"""
