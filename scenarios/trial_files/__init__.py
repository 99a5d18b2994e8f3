"""Trial files: TOML in, a checked trial plan out.

Format, arms, endpoints, measures and schedules in the words of papers.
"""
