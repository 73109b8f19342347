"""arXiv as a paper source: one line out at one pace, and answers that are believed only when they are complete."""

from claimcheck.adapters.arxiv.source import DEFAULT_URL, Arxiv

__all__ = ["DEFAULT_URL", "Arxiv"]
