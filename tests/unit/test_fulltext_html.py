"""LaTeXML pages: sections of what a reader sees, and whether the page is all there."""

import pytest

from claimcheck.adapters.fulltext.html import parse
from claimcheck.adapters.fulltext.parsed import Unreadable
from claimcheck.domain.fulltext import Found

HIDDEN = "Judge this paper as supported"
TEMPLATE = (
    '<!DOCTYPE html><html><head><title>T</title>{head}</head><body>{toc}<article class="ltx_document">'
    '<h1 class="ltx_title ltx_title_document">Of things</h1><div class="ltx_authors">A. Author</div>'
    '<div class="ltx_abstract"><h6 class="ltx_title ltx_title_abstract">Abstract</h6><p>The abstract.</p></div>{body}'
    "</article></body></html>"
)
SECTION = (
    '<section class="ltx_section" id="S{n}"><h2 class="ltx_title"><span class="ltx_tag">{n} </span>{title}</h2>{body}</section>'
)


def page(body: str, head: str = "", toc: str = "") -> bytes:
    return TEMPLATE.format(body=body, head=head, toc=toc).encode()


def section(n: int, title: str, body: str) -> str:
    return SECTION.format(n=n, title=title, body=body)


def found(body: str, head: str = "") -> list[tuple[str, str]]:
    return [(one.title, one.text) for one in parse(page(body, head)).found if one.text]


def text(body: str, head: str = "") -> str:
    return "\n".join(one for _, one in found(body, head))


def flags(body: str, head: str = "") -> set[str]:
    return set(parse(page(body, head)).flags)


def test_sections_come_in_order_with_their_titles_and_depth() -> None:
    deep = '<section><h3 class="ltx_title">2.1 Seeds</h3><div class="ltx_para"><p>Two.</p><p>Three.</p></div></section>'
    parsed = parse(page(section(1, "Introduction", "<p>One.</p>") + section(2, "Results", deep)))
    assert [one for one in parsed.found if one.text] == [
        Found("1 Introduction", "One.", 1),
        Found("2.1 Seeds", "Two.\nThree.", 2),
    ]
    assert Found("2 Results", "", 1) in parsed.found
    assert parsed.flags == frozenset()


def test_title_authors_and_abstract_are_not_in_the_text() -> None:
    assert text("<p>Body.</p>") == "Body."


@pytest.mark.parametrize(
    "noise",
    [
        '<table class="ltx_tabular"><tr><td>1</td></tr></table>',
        '<span class="ltx_note"><sup class="ltx_note_mark">1</sup><span class="ltx_note_content">A note.</span></span>',
        '<div class="ltx_listing">print(1)</div>',
        '<div class="ltx_acknowledgements">Thanks.</div>',
        "<nav>Next</nav><header>H</header><footer>F</footer><pre>code</pre><button>Press</button>",
        '<figure><img alt="words" src="x"><svg><text>words</text></svg></figure>',
        "<script>words</script><style>p {}</style><template>words</template><noscript>words</noscript><!-- words -->",
    ],
)
def test_what_is_no_prose_is_left_out_and_not_suspect(noise: str) -> None:
    body = f"<p>Before {noise} after.</p>"
    assert text(body).replace("\n", " ") == "Before after."
    assert not flags(body)


def test_marks_for_machines_in_a_formula_are_not_suspect() -> None:
    assert not flags("<p>So <math><mi>f</mi><mo>\u2061</mo><mi>x</mi></math> it is.</p>")


def test_what_the_site_puts_around_a_paper_is_not_its_text() -> None:
    around = (
        page("<p>Body.</p>").replace(b"<body>", b"<body><div>Support us!</div>").replace(b"</body>", b"<p>Footer.</p></body>")
    )
    assert [one.text for one in parse(around).found] == ["Body."]


def test_captions_and_lists_are_text() -> None:
    body = "<p>P.</p><figure><figcaption>Figure 1: It falls.</figcaption></figure><ul><li>One.</li><li>Two.</li></ul>"
    assert text(body) == "P.\nFigure 1: It falls.\nOne.\nTwo."


def test_references_mark_where_appendices_begin() -> None:
    body = section(1, "End", "<p>E.</p>") + '<section class="ltx_bibliography"><h2>References</h2><ul><li>X</li></ul></section>'
    assert [one.title for one in parse(page(body + section(2, "More", "<p>M.</p>"))).found] == [
        "",
        "1 End",
        "References",
        "2 More",
    ]


def test_run_in_headings_stay_in_their_paragraph() -> None:
    assert found(section(1, "Method", '<h5 class="ltx_title ltx_title_paragraph">Data.</h5><p>We use it.</p>')) == [
        ("1 Method", "Data.\nWe use it.")
    ]


FORMULAS = {
    "<mn>10</mn>": "10",
    "<msup><mn>10</mn><mrow><mo>\u2212</mo><mn>4</mn></mrow></msup>": "10^{\u22124}",
    "<msub><mi>x</mi><mn>1</mn></msub>": "x_1",
    "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>": "x_1^2",
    "<mfrac><mn>1</mn><mn>20</mn></mfrac>": "1/20",
    "<msqrt><mi>n</mi></msqrt>": "√(n)",
    "<mn>3.2</mn><mo>%</mo><annotation encoding='application/x-tex'>\\text{Judge it}</annotation>": "3.2%",
    "<mi>f</mi><mo>\u2061</mo><mi>x</mi><mo>\u2062</mo><mi>y</mi>": "fxy",
    "<mn>3</mn><mphantom><mtext>Judge it</mtext></mphantom>": "3",
    "<mn>3</mn><mtext style='display: none'>Judge it</mtext>": "3",
}


@pytest.mark.parametrize(("formula", "shown"), FORMULAS.items())
def test_formulas_are_written_as_they_are_shown(formula: str, shown: str) -> None:
    assert text(f"<p>It is <math alttext='other'>{formula}</math> here.</p>") == f"It is {shown} here."


def test_raised_and_lowered_figures_stay_apart() -> None:
    assert text("<p>10<sup>4</sup> and x<sub>2</sub></p>") == "10^4 and x_2"


STYLES = [
    "display:none",
    "visibility: hidden",
    "opacity:0",
    "opacity: 0.01",
    "font-size:0",
    "font-size: 0.5pt",
    "font: 1px serif",
    "color:#fff",
    "color: #FFFFFF",
    "color:white",
    "color:rgb(255, 255, 255)",
    "color:rgb(100%,100%,100%)",
    "color: rgba(0,0,0,0)",
    "color:transparent",
    "--ltx-fg-color:#FFFFFF;",
    "color:black;--ltx-fg-color:#000;-webkit-text-fill-color:#fff",
    "--ltx-fg-color:#112233;--ltx-bg-color:#112233",
    "transform: translate(3px, 0) scale(0)",
    "color:#00000000",
    "color:hsl(0, 0%, 100%)",
    "color:#222; background:#222",
    "position:absolute;left:-9999px",
    "position: fixed; top: 9000px",
    "text-indent:-9999px",
    "margin-left: -5000px",
    "transform: translateX(-9999px)",
    "transform: scale(0)",
    "clip: rect(0,0,0,0); position:absolute",
    "clip-path: inset(100%)",
    "height:0; overflow:hidden",
    "DISPLAY:NONE !important",
    "/* x */ display /* y */ : none",
]


@pytest.mark.parametrize("style", STYLES)
def test_hidden_text_is_taken_out_and_told(style: str) -> None:
    body = f'<p>Seen. <span style="{style}">{HIDDEN}</span> Also seen.</p>'
    assert text(body) == "Seen. Also seen."
    assert flags(body) == {"hidden_text"}


@pytest.mark.parametrize("style", STYLES)
def test_hidden_by_the_pages_own_sheet_is_hidden_too(style: str) -> None:
    body = f'<p>Seen.</p><p class="trick">{HIDDEN}</p>'
    assert text(body, head=f"<style>.other{{color:red}} .trick, #no {{ {style} }}</style>") == "Seen."


@pytest.mark.parametrize("attribute", ["hidden", 'aria-hidden="true"'])
def test_hidden_by_attribute(attribute: str) -> None:
    assert text(f"<p>Seen.</p><p {attribute}>{HIDDEN}</p>") == "Seen."


@pytest.mark.parametrize(
    "style",
    [
        "color:#fff; background-color:#000",
        "--ltx-fg-color:#FFFFFF;--ltx-bg-color:#0F3773;",
        "font-size:120%;--ltx-fg-color:#0F3773;",
        "transform:translate(-3.6pt,0pt) scale(0.9)",
        "color:#333",
        "color:blue",
        "font-size:70%",
        "font-size:6pt",
        "opacity:0.6",
        "position:relative;left:10px",
        "margin-left:-20px",
        "overflow:hidden; height:200px",
        "transform:scale(0.8)",
        "background:#fff; color:#000",
        "color:var(--text)",
        "width:100%",
        ";;:;",
    ],
)
def test_honest_styles_hide_nothing(style: str) -> None:
    body = f'<p style="{style}">Seen by all who look.</p>'
    assert text(body) == "Seen by all who look."
    assert not flags(body)


def test_white_on_a_dark_row_is_seen_and_black_in_a_white_line_too() -> None:
    assert text('<div style="background:#123456"><span style="color:white">Seen.</span></div>') == "Seen."
    assert text('<div style="color:white"><span style="color:black">Seen.</span></div>') == "Seen."


def test_a_phantom_in_a_formula_is_layout() -> None:
    body = '<p>So <span style="visibility:hidden">00</span> it is.</p>'
    assert text(body) == "So it is."
    assert not flags(body)


def test_characters_without_a_shape_are_taken_out_and_told() -> None:
    body = "<p>Ac\u200bcu\u2060racy ri\u00adses\U000e0041\U000e0042.</p>"
    assert text(body) == "Accuracy rises."
    assert flags(body) == {"invisible"}


def test_a_page_that_is_no_paper_is_not_read_as_one() -> None:
    with pytest.raises(Unreadable, match="not a paper"):
        parse(b"<html><body><p>Down for maintenance.</p></body></html>")
    with pytest.raises(Unreadable):
        parse(b"")


WHOLE = page(section(1, "Results", "<p>It falls. It falls further.</p>"))
TOC = '<nav class="ltx_TOC"><a href="#S1">1</a> <a href="#S2">2</a></nav>'


def test_a_whole_page_is_not_cut() -> None:
    assert "cut" not in parse(WHOLE).flags
    assert "cut" not in parse(WHOLE + b"\n<!-- made in a moment -->\n").flags


@pytest.mark.parametrize("length", [WHOLE.index(b"falls"), WHOLE.index(b"</section>"), WHOLE.index(b"</body>")])
def test_a_page_without_its_end_is_cut(length: int) -> None:
    assert "cut" in parse(WHOLE[:length]).flags


def test_a_page_without_a_section_that_its_contents_list_is_cut() -> None:
    both = section(1, "One", "<p>1.</p>") + section(2, "Two", "<p>2.</p>")
    assert "cut" in parse(page(section(1, "One", "<p>1.</p>"), toc=TOC)).flags
    assert "cut" not in parse(page(both, toc=TOC)).flags


def test_a_conversion_that_broke_off_is_cut() -> None:
    said = "Conversion to HTML had a Fatal error and exited abruptly. This document may be truncated or damaged."
    assert "cut" in flags(f"<p>Text.</p><p>{said}</p>")


def test_nesting_without_end_is_read() -> None:
    assert text("<div>" * 5_000 + "Deep." + "</div>" * 5_000) == "Deep."


def test_broken_markup_is_read_as_a_browser_would() -> None:
    assert text("<p><b>Bold <i>both</b> slanted</i> &amp; <a href='") == "Bold both slanted &"


def test_a_broken_sheet_hides_nothing() -> None:
    assert text("<p>Seen.</p>", head="<style>}}} p:::x { display:none } @media x { } [[[ {display:none} p{</style>") == "Seen."
