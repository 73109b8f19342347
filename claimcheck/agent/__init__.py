"""The agent graph: which steps a refresh takes, in which order."""
