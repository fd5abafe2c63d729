"""Character sheets as files: YAML in, sheets or clear reasons out."""
