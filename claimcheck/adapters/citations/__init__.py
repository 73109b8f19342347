"""Services that know who cites a paper: Semantic Scholar, which tells how it is cited, and OpenAlex, which is open in full."""

from claimcheck.adapters.citations.openalex import OpenAlex
from claimcheck.adapters.citations.semantic_scholar import SemanticScholar

__all__ = ["OpenAlex", "SemanticScholar"]
