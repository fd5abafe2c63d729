"""Pictures as files: read what is uploaded, lay out what is made. Pillow lives here."""
