"""All queries of refpipe, by subject; each repository works within one transaction of one owner.

Belongs here: rows to domain values and back. Does not: transactions, connections (session).
"""

from refpipe.backends.database.repositories.owner import Owner
from refpipe.backends.database.repositories.records import PostgresRecords

__all__ = ["Owner", "PostgresRecords"]
