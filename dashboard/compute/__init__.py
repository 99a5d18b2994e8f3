"""What the dashboard computes: pool of worker processes, futures, attribution, histories, summaries.

Knows no page.
"""
