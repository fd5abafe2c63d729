"""Providers that are asked over the network, each behind a port of the domain."""
