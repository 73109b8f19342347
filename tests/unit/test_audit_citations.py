"""Which citations a document holds, where, and what it says of them: Markdown, LaTeX, BibTeX, plain text."""

from datetime import date

import pytest

from claimcheck.audit import latex
from claimcheck.audit.citation import Citation, Document
from claimcheck.audit.reading import read
from claimcheck.domain.bibtex import entries

TODAY = date(2026, 11, 22)
TEX = r"""\documentclass{article}
\begin{document}
\section{Introduction}
Reasoning training lowers adherence~\cite{fu2025,other}. % \cite{hidden} arXiv:2401.00005
We follow \href{https://arxiv.org/abs/2305.11383}{earlier work} on what tuning teaches.
\begin{itemize}
\item A frozen backbone helps, see \url{https://arxiv.org/abs/2502.12134v1}.
\item The old things are known by now \citep[see][p.~3]{old1999}.
\end{itemize}
It rose by 5\% (arXiv:2513.11111).
\bibliography{refs}
\begin{thebibliography}{9}
\bibitem{old1999} A. Author, \emph{On the old things}, arXiv:hep-th/9901001.
\end{thebibliography}
\end{document}
"""
BIB = """@string{pre = "arXiv preprint"}
@misc{fu2025, title={Scaling Reasoning, {Losing} Control}, eprint={2505.14810}, archivePrefix={arXiv}, year={2025}, month=may}
@article{other, title = "An article {of} ours", journal = "Journal of Things", year = 2024, url = {https://arxiv.org/abs/2401.00001}
@article{late, title={Said once more}, journal = pre # " arXiv:2402.00002v2", year = 2024}
@misc{wrong, eprint={2513.00001}, archiveprefix = "arXiv"}
@misc{elsewhere, eprint={12345.6789}, eprinttype={hdl}, title={No paper of arXiv}}
@comment{ignored, eprint={2401.00009}}
"""


def citations(name: str, text: str, *more: Document) -> tuple[Citation, ...]:
    found = read([Document(name, text), *more], TODAY, lambda *_: None).citations
    return tuple(one for one in found if one.file == name)


def places(found: tuple[Citation, ...], text: str) -> list[str]:
    lines = text.split("\n")
    return [lines[one.line - 1][one.column - 1 : one.end_column - 1] for one in found]


def test_markdown_citations_have_their_place_their_sentence_and_the_date_beside_them() -> None:
    text = (
        "# On chains (arXiv:2401.00003)\n\n"
        "First, chains dilute\ncontext (2025-05, arXiv:2505.14810). In 2021 tuning taught *form* [2305.11383](https://arxiv.org/abs/2305.11383).\n"
    )
    found = citations("a.md", text)
    assert places(found, text) == ["arXiv:2401.00003", "arXiv:2505.14810", "2305.11383"]
    assert [(str(c.id), c.statement, str(c.date)) for c in found] == [
        ("2401.00003", "", "None"),
        ("2505.14810", "First, chains dilute context.", "2025-05"),
        ("2305.11383", "In 2021 tuning taught form.", "None"),
    ]


def test_an_entry_of_a_list_of_references_says_nothing_and_gives_title_and_date() -> None:
    title = "Scaling Reasoning, Losing Control"
    text = f'It falls with length [1].\n\nReferences\n[1] Fu et al. "{title}". arXiv:2505.14810 (May 2025).\n'
    cited, entry = citations("a.txt", text)
    assert (cited.line, cited.column, cited.statement) == (1, 22, "It falls with length.")
    assert (entry.statement, entry.title, str(entry.date)) == ("", title, "2025-05")
    assert cited.id == entry.id


def test_a_year_that_may_be_of_a_later_publication_is_not_compared() -> None:
    text = "Tuning teaches the form of answers (Kung and Peng, 2024, arXiv:2305.11383). It is so (2021, arXiv:2305.11383)."
    assert [str(c.date) for c in citations("a.md", text)] == ["None", "2021"]


def test_latex_keeps_every_place_and_leaves_out_what_is_not_printed() -> None:
    plain = latex.plain(TEX)
    assert len(plain) == len(TEX)
    assert [i for i, c in enumerate(plain) if c == "\n"] == [i for i, c in enumerate(TEX) if c == "\n"]
    found = citations("doc.tex", TEX, Document("refs.bib", BIB))
    assert [(c.line, str(c.id), c.statement) for c in found] == [
        (4, "2505.14810", "Reasoning training lowers adherence."),
        (4, "2401.00001", "Reasoning training lowers adherence."),
        (5, "2305.11383", "We follow earlier work on what tuning teaches."),
        (7, "2502.12134v1", "A frozen backbone helps."),
        (8, "hep-th/9901001", "The old things are known by now."),
        (10, "None", "It rose by 5 %."),
        (13, "hep-th/9901001", ""),
    ]
    assert places(found[:1], TEX) == [r"\cite{fu2025,other}"]


def test_a_bibliography_beside_the_document_is_audited_for_the_keys_that_it_cites() -> None:
    found = read([Document("x/doc.tex", TEX)], TODAY, lambda of, name: Document(f"x/{name}", BIB) if of == "x/doc.tex" else None)
    assert [str(c.id) for c in found.citations if c.file == "x/refs.bib"] == ["2505.14810", "2401.00001"]
    assert found.gaps == ()


def test_a_bibliography_that_is_not_there_is_a_gap() -> None:
    (gap,) = read([Document("doc.tex", TEX)], TODAY, lambda *_: None).gaps
    assert gap.what == "bibliography refs.bib of doc.tex"


def test_bibtex_gives_ids_titles_and_dates_also_of_broken_entries() -> None:
    found = citations("refs.bib", BIB)
    assert [(c.line, str(c.id), c.title, str(c.date)) for c in found] == [
        (2, "2505.14810", "Scaling Reasoning, Losing Control", "2025-05"),
        (3, "2401.00001", "An article of ours", "None"),
        (4, "2402.00002v2", "Said once more", "2024"),
        (5, "None", None, "None"),
    ]
    assert places(found[:1], BIB) == ["2505.14810"]
    assert found[3].wrong is not None


@pytest.mark.parametrize(
    "text", ["@misc{", "@misc{a, title={never closed\n@misc{b, eprint={2505.14810}}", '@misc(a, x="y")', "@", "@misc{a,,=}"]
)
def test_bibtex_that_is_no_bibtex_is_read_without_harm(text: str) -> None:
    found = {entry.key for entry in entries(text)}
    assert found <= {"a", "b"}
    assert ("b" in found) == ("@misc{b" in text)


def test_what_latex_keeps_out_of_print_cites_nothing() -> None:
    text = (
        "It is so.\n\\begin{comment}\narXiv:2401.00001\n\\end{comment}\nIt is so indeed (arXiv:2401.00002).\n\\begin{verbatim}\nx"
    )
    assert [str(c.id) for c in citations("a.tex", text)] == ["2401.00002"]


@pytest.mark.parametrize(
    "text",
    [
        " " * 20_000,
        "[" * 20_000,
        "\\begin{comment}" * 2_000,
        "_a " * 7_000,
        "\\cite" * 4_000,
        "@misc{a,x={" * 2_000,
        "|" * 20_000,
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.tex", "a.bib"])
def test_text_made_to_be_slow_is_read_all_the_same(name: str, text: str) -> None:
    assert citations(name, text) == ()
