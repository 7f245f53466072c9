"""The replicas of one service that share its database: who there is, what they tell each other, who does what once.

    replicas = join(database_file)      # before the database is opened
    replicas.page[0]                    # 0: this process has the database to itself (40 nanoseconds)
    replicas.tell("ready", 7, 1)        # to all others, soon; what they subscribed to "ready" is called with (7, 1)
    lease = replicas.lease("sweeping")  # lease.held(): whether this process is the one that sweeps

Replicas on one SQLite file (`on_file`) know of each other by files beside it: a locked one for each member, a page of
memory that all map, a named pipe for what each is told. All of it is the kernel's, so that a replica that is killed is
gone from it at once. Those on one PostgreSQL (`on_server`) use what that offers. What is told may be lost (a full pipe,
a crash): it only saves waiting, and who waits looks again by itself now and then. Stands on no other wing.
"""

from awskit.replicas.replicas import Lease, Replicas

__all__ = ["Lease", "Replicas"]
