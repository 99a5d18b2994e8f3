"""What the dashboard offers: headline outcomes, levers, the address that holds a plan.

Data and checks only; nothing is drawn or run.
"""
