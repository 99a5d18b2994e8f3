"""A hospital's own tables: read from any common layout, checked, and turned into stays without dates or keys."""
