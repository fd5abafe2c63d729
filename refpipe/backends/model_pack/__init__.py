"""The offline model pack: small models that refpipe ships, and what trains them."""
