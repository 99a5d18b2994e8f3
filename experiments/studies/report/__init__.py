"""What is shown of a study: page, figures, spreadsheet, terminal.

Takes what the analysis found; computes nothing anew.
"""
