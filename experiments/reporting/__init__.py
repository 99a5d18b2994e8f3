"""What every report and terminal table is made of: wording, quantities, figures, pages, progress bars.

Knows no study and no trial.
"""
