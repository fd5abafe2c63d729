"""The Dagster face: assets, sensors and what runs them. Bodies of a few lines that call a service."""
