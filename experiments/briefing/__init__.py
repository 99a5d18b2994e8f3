"""The board's paper: four pages and one page, HTML and tagged PDF, from a folder of finished runs.

`content` takes numbers from a folder, `language` holds every sentence, `page` and `pdf` set them.
"""
