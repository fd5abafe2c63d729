"""Pictures that must pass the gate and pictures that must fail it, each with the reason.

A recipe, not files: good pictures are photographed by previs, bad ones are made of them. ``splits.json`` says
which character belongs to which part: figures are set on ``dev``, reported on ``held_out``; ``untouched`` is used
once, when everything else stands. No character is in two parts.
"""
