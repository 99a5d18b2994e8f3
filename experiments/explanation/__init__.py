"""Why one plan differs from another: a fair split over mechanisms or levers, the chain of causes, and the people.

`experiments.explanation.explain` is the door (`peerbridge explain`); the dashboard's *Why* uses `parts` and `shapley`.
"""
