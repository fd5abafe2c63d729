"""refpipe: reference sets, storyboards and cuts whose characters and products stay the same."""

__version__ = "0.1.0"
