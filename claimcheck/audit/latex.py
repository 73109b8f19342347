r"""LaTeX: arXiv: names, \href and \url, \bibitem, and \cite keys through the BibTeX files that belong to the document.

The source is turned into text of the same length, so that every place stays where it is.
"""

import re

_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_HIDDEN = re.compile(r"\\begin\{(comment|verbatim|lstlisting)\}")
_CITE = re.compile(r"\\[a-zA-Z]{0,12}cite[a-zA-Z]{0,12}\*?(?:\s*\[[^\]]*\]){0,2}\s*\{([^{}]*)\}")
_HREF = re.compile(r"\\href\s*\{([^{}]*)\}\s*\{")
_URL = re.compile(r"\\(?:url|nolinkurl|path)\s*\{([^{}]*)\}")
_BIBITEM = re.compile(r"\\bibitem\s*(?:\[[^\]]*\])?\s*\{([^{}\s]+)\}")
_ITEM = re.compile(r"\\item\b(?:\[[^\]]*\])?")
_TITLED = re.compile(r"\\(?:chapter|(?:sub)*section|(?:sub)?paragraph|title|caption)\*?\s*(?:\[[^\]]*\])?\{([^{}]*)\}")
_ENVIRONMENT = re.compile(
    r"\\(?:begin|end)\s*\{[^{}]*\}(?:\[[^\]]*\]|\{[^{}]*\})*"
    r"|\\(?:label|ref|input|include|bibliography|addbibresource|bibliographystyle|usepackage|documentclass)(?:\[[^\]]*\])?\{[^{}]*\}"
)
_FILES = re.compile(r"\\(?:bibliography|addbibresource)\s*(?:\[[^\]]*\])?\{([^{}]*)\}")
_ESCAPED = re.compile(r"\\([%&#_$])")
_COMMAND = re.compile(r"\\(?:[a-zA-Z]+\*?|[^a-zA-Z\n])")


def plain(source: str) -> str:
    r"""Return the source as text of the same length: \cite commands and line ends stay, all else that is no text is blank."""
    text = _without_hidden(_COMMENT.sub(_blank, source))
    cites = {found.start(): found.group() for found in _CITE.finditer(text)}
    text = _BIBITEM.sub(lambda f: _fit(f"[{f[1]}] ", f), text)
    text = _ITEM.sub(lambda f: _fit("- ", f), text)
    text = _TITLED.sub(lambda f: f"{_blank_text(text[f.start() : f.start(1)])}{f[1]}.", text)
    text = _URL.sub(lambda f: f"{' ' * (f.start(1) - f.start() - 1)}({f[1]})", text)
    text = _HREF.sub(lambda f: f"{' ' * (f.start(1) - f.start() - 1)}({f[1]}){' ' * (f.end() - f.end(1) - 1)}", text)
    text = _ENVIRONMENT.sub(_blank, text)
    text = _ESCAPED.sub(r" \1", text)
    # In these two every command and brace goes, those of citations too; these are then put back.
    text = re.sub(r"[{}~]", " ", _COMMAND.sub(_blank, text))
    pieces, at = [], 0
    for start, cite in sorted(cites.items()):
        pieces += [text[at:start], cite]
        at = start + len(cite)
    return "".join((*pieces, text[at:]))


def bibliographies(source: str) -> tuple[str, ...]:
    """Return the BibTeX files that a document names, with their ending."""
    text = _COMMENT.sub(_blank, source)
    names = [name.strip() for found in _FILES.finditer(text) for name in found[1].split(",")]
    return tuple(dict.fromkeys(name if name.endswith(".bib") else f"{name}.bib" for name in names if name))


def keys(source: str) -> tuple[str, ...]:
    """Return the keys that a document cites, each once."""
    text = _COMMENT.sub(_blank, source)
    return tuple(dict.fromkeys(key.strip() for found in _CITE.finditer(text) for key in found[1].split(",") if key.strip()))


def _without_hidden(text: str) -> str:
    """Blank what an environment keeps out of print, or from being read as text; one that is never closed hides nothing."""
    pieces, at = [], 0
    for found in _HIDDEN.finditer(text):
        if found.start() < at:
            continue
        end = text.find(f"\\end{{{found[1]}}}", found.end())
        if end < 0:
            break
        pieces += [text[at : found.start()], _blank_text(text[found.start() : end])]
        at = end
    return "".join((*pieces, text[at:]))


def _blank(found: re.Match[str]) -> str:
    return _blank_text(found[0])


def _blank_text(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _fit(text: str, found: re.Match[str]) -> str:
    """Return a text in the length of what it replaces."""
    return text.ljust(len(found[0]))[: len(found[0])]
