"""Postgres: the embedded server, the schema, and everything that speaks SQL.

Belongs here: all SQL of refpipe. Does not: bytes of pictures (storage), Dagster's own tables.
"""
