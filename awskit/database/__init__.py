"""The database seam: a service's database, its transactions, what differs between engines, the schema's versions.

Stands on the replicas alone. Who only needs a transaction imports it from here.
"""

from awskit.database import lean_sqlalchemy as lean_sqlalchemy
from awskit.database.opening import open_database
from awskit.database.transactions import Database, Transaction, database_file

__all__ = ["Database", "Transaction", "database_file", "open_database"]
