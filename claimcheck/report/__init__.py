"""Reports: the JSON twin, and Markdown rendered from it."""
