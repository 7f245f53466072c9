"""Snapshots of a service's state, by name: saved, loaded, exported and imported while the service runs.

A service's part of a snapshot is a folder, `snapshots/NAME/SERVICE/` in the data folder: `part.json` says what it is,
`state.db` is an SQLite file of the service's schema (also where the service's own database is a PostgreSQL), `objects/`
holds the files that its rows refer to, by hard link. Loading puts its rows in place of those that there are, in one
transaction, on whichever database. The gateway makes one snapshot of the services' parts.

Stands on the database and the process.
"""
