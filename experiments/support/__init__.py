"""Ground that knows no model: errors, limits of options, atomic files, result folders, signals, provenance.

Every other package may import it; it imports none of them.
"""
