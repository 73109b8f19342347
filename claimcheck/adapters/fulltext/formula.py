"""Formulas on one line: 10^{-4} stays apart from 10-4, a fraction from its two numbers."""

import re

from selectolax.lexbor import LexborNode

# Marks for machines that stand between the parts of a formula: function of, times, and, plus. Every paper has them.
_UNSEEN = re.compile("[\u2061-\u2064]")
_DEEPEST = 40  # levels; formulas of people have a dozen
_ANNOTATED = frozenset({"annotation", "annotation-xml", "mphantom", "script", "style"})
_HIDING = ("display:none", "visibility:hidden", "opacity:0")
_BETWEEN = {"msup": "^", "msub": "_", "mover": "^", "munder": "_", "mfrac": "/"}


def formula(node: LexborNode) -> str:
    """Return what a MathML element shows."""
    return _shown(node, 0)


def _shown(node: LexborNode, depth: int) -> str:
    if node.is_text_node:
        return _UNSEEN.sub("", "".join((node.text_content or "").split()))
    tag = (node.tag or "").casefold()
    style = (node.attributes.get("style") or "").replace(" ", "").casefold() if node.is_element_node else ""
    if tag in _ANNOTATED or depth > _DEEPEST or any(hiding in style for hiding in _HIDING):
        return ""
    parts = [_shown(child, depth + 1) for child in node.iter(include_text=True)]
    if tag == "mtext":
        return f" {' '.join((node.text(deep=True) or '').split())} "
    if tag in _BETWEEN and len(parts) == 2:
        return f"{_grouped(parts[0])}{_BETWEEN[tag]}{_grouped(parts[1])}"
    if tag in ("msubsup", "munderover") and len(parts) == 3:
        return f"{_grouped(parts[0])}_{_grouped(parts[1])}^{_grouped(parts[2])}"
    return f"√({''.join(parts)})" if tag in ("msqrt", "mroot") else "".join(parts)


def _grouped(part: str) -> str:
    return part if len(part) <= 1 or part.isalnum() else f"{{{part}}}"
