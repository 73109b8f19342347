"""Audit, a use case: every arXiv citation of a document, checked as an anchor of a claim is.

    document ─► citations (`prose.py`, `latex.py`, `bib.py`) ─► look up ─► read where a sentence cites ─► ground ─► findings

What a citing sentence says is held against the paper under the same rules as a claim and its anchor (`domain/grounding.py`). A
paper that could not be asked for is `unchecked`, never `not_found`.
"""
