"""Parts of a day: which mechanism acts on whom, and in which order."""
