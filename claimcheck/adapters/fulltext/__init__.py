"""Full texts of papers: asked of arXiv at its pace, parsed in a child process, kept on disk.

source.py   HTML, else PDF, else the abstract alone, and which it was
child.py    a parser in a process of its own, with a limit on time and on memory
html.py     LaTeXML pages to sections          hidden.py      what no reader sees: characters, styles, colours
pdf.py      PDF pages to sections              pdf_page.py    which pieces of a PDF page no reader sees (geometry, pdf_colour)
parsed.py   what a parser hands back
cache.py    the texts that were fetched, by id and version

Texts in papers are hostile: some speak to a model in white, in tiny letters, off the page. What a reader cannot see is found
here, by code, and taken out before anything else reads the text.
"""

from claimcheck.adapters.fulltext.cache import KeptFullTexts
from claimcheck.adapters.fulltext.source import ArxivFullTexts

__all__ = ["ArxivFullTexts", "KeptFullTexts"]
