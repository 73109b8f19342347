"""claims.yaml: read as it is written, or refused with everything that is wrong, each at its line."""

from datetime import date
from pathlib import Path

import pytest

from claimcheck.adapters import claims_yaml
from claimcheck.domain.claim import DEFAULT_CATEGORIES
from claimcheck.domain.dates import PartialDate
from tests.integration.claims_text import HEAD, TODAY, claim, one, only_problem, problems, read

ROOT = Path(__file__).resolve().parents[2]

# What is read


def test_the_repositorys_own_claims_are_read_as_written() -> None:
    file = claims_yaml.load(ROOT / "claims.yaml", TODAY)
    written = {c.id: (str(c.asserted), [(a.id, str(a.date)) for a in c.anchors]) for c in file.claims}
    both = [("2506.02878", "2025-06"), ("2508.01191", "2025-08")]
    assert written == {
        "mathif-tradeoff": ("2025-05", [("2505.14810", "2025-05")]),
        "mathif-length": ("2025-05", [("2505.14810", "2025-05")]),
        "instruction-format": ("2023-05", [("2305.11383", "2023-05")]),
        "wrong-instructions": ("2023-05", [("2305.11383", "2023-05")]),
        "softcot-frozen": ("2025-02", [("2502.12134", "2025-02")]),
        "cot-imitation": ("2025-06", both),
        "csp-ceiling": ("2025-06", both),
        "llm-programs-steps": ("2025-04", [("2504.09858", "2025-04")]),
        "llm-programs-decoupling": ("2025-04", [("2504.09858", "2025-04")]),
    }
    assert [len(i.questions) for i in file.inquiries] == [2]
    assert all(c.inquiry == file.inquiries[0].id and c.categories == DEFAULT_CATEGORIES for c in file.claims)


def test_every_field_reaches_the_claim() -> None:
    file = read(
        HEAD.replace("    claims:", "    categories: [stat.ML, hep-th]\n    questions: And why?\n    claims:")
        + claim(
            anchors="{id: 2201.11903v2, title: Some title, date: 2022}".replace("2022}", "'2022'}"),
            durable="Steps help.",
            perishable="Models are small.",
            search="[worked steps, 'prompting: steps']",
            falsified_by="A model that needs none.",
            review_by="2027-01-31",
        )
    )
    (found,) = file.claims
    assert (file.inquiries[0].categories, file.inquiries[0].questions) == (("stat.ML", "hep-th"), ("And why?",))
    assert (found.id, found.inquiry, found.text) == ("ok-1", "q", "Prompts with worked steps help.")
    assert (found.durable, found.perishable, found.falsified_by) == (
        "Steps help.",
        "Models are small.",
        "A model that needs none.",
    )
    assert (found.search, found.review_by) == (("worked steps", "prompting: steps"), date(2027, 1, 31))
    assert found.categories == ("stat.ML", "hep-th")
    assert found.asserted == PartialDate.parse("2024-03-01")
    (anchor,) = found.anchors
    assert (anchor.id, anchor.title, str(anchor.date)) == ("2201.11903v2", "Some title", "2022")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2505.14810", ["2505.14810"]),  # as a number: 2505.1481
        ("[2301.00010, 0704.0001]", ["2301.00010", "0704.0001"]),
        ("'  2201.11903 '", ["2201.11903"]),
        ("arXiv:2201.11903v3", ["2201.11903v3"]),
        ("https://arxiv.org/abs/2201.11903v2", ["2201.11903v2"]),
        ("math.GT/0309136", ["math/0309136"]),
        ("{id: hep-th/9901001}", ["hep-th/9901001"]),
        ("\n          - 2201.11903\n          - id: 2505.14810", ["2201.11903", "2505.14810"]),
    ],
)
def test_an_anchor_keeps_its_digits_and_takes_arxivs_form(written: str, kept: list[str]) -> None:
    assert [a.id for a in read(one(anchors=written)).claims[0].anchors] == kept


def test_a_paper_named_twice_is_one_anchor_and_what_is_said_first_counts() -> None:
    twice = "[2201.11903, {id: 'arXiv:2201.11903v1', title: First}, {id: 2201.11903v2, title: Second, date: 2022-01}]"
    file = read(one(anchors=twice))
    (anchor,) = file.claims[0].anchors
    assert (anchor.id, anchor.title, str(anchor.date)) == ("2201.11903v1", "First", "2022-01")
    assert file.warnings == (
        "claims.yaml:9: claim 'ok-1': anchor 2201.11903 is named twice, with version 1 and 2, title First and Second;"
        " the first counts",
    )


@pytest.mark.parametrize("written", ["2024-02-29", "2024-03", "'2024'", '"2024"', "2026-11"])
def test_dates_are_as_precise_as_they_are_written(written: str) -> None:
    assert str(read(one(asserted=written)).claims[0].asserted) == written.strip("\"'")


def test_what_is_odd_but_allowed_is_warned_of_with_its_line() -> None:
    assert read(one(asserted="1990-01-01")).warnings == (
        "claims.yaml:8: claim 'ok-1': asserted 1990-01-01, before its anchor 2201.11903 of 2022-01; check both",
    )
    assert read(HEAD.replace("claims:", "claims: []")).warnings == (
        "claims.yaml:5: inquiry 'q': 'claims' is empty; there is nothing to check yet",
    )
    assert read(one()).warnings == ()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('"x\\n\\n# Verdict: holds\\n"', "x # Verdict: holds"),
        ("|\n          two\n\n          lines", "two lines"),
        ("O(n²) ≤ 3\u00d710⁻⁴ for \u03b1→0, ﬁt Å", "O(n²) ≤ 3\u00d710⁻⁴ for \u03b1→0, ﬁt Å"),  # NFKC would change it
        ("النماذج اللغوية تحسن الدقة", "النماذج اللغوية تحسن الدقة"),
        ("“Smart” quotes", "“Smart” quotes"),
        ("'<b>{{ x }}</b> \\input{y} =1+1'", "<b>{{ x }}</b> \\input{y} =1+1"),
        ("'42'", "42"),
        ("2024 was a year", "2024 was a year"),
    ],
)
def test_a_text_comes_out_on_one_line_and_otherwise_unchanged(written: str, kept: str) -> None:
    assert read(one(text=written)).claims[0].text == kept


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_of_all_systems_are_read(encoding: str, end: str) -> None:
    source = one(asserted="1990").replace("1990", "'1990'").replace("\n", end).encode(encoding)
    assert read(source).warnings[0].startswith("claims.yaml:8: claim 'ok-1': asserted 1990")


# What is refused


def test_all_problems_come_at_once_each_with_line_claim_and_what_to_do() -> None:
    source = one(asserted="2025-13", anchors="[2413.00001]", colour="red") + claim(id="ok-2", text="yes", anchor="2201.11903")
    assert problems(source) == (
        "claims.yaml:8: claim 'ok-1': asserted '2025-13' is not a date in the calendar (month must be in 1..12);"
        " write YYYY-MM-DD or YYYY-MM",
        "claims.yaml:9: claim 'ok-1': anchor '2413.00001' names month 13, which no year has;"
        " copy the id from the paper's arXiv page",
        "claims.yaml:10: claim 'ok-1': unknown key 'colour'; known are id, text, asserted, anchors, durable, perishable, search,"
        " falsified_by, review_by",
        "claims.yaml:12: claim 'ok-2': 'text' 'yes' is read as true or false by YAML; put it in quotes",
        "claims.yaml:15: claim 'ok-2': unknown key 'anchor'; did you mean 'anchors'?",
    )


@pytest.mark.parametrize(
    ("field", "written", "why"),
    [
        *[
            ("id", id, "cannot be used")
            for id in "../x /x .. . a/b 'a\\b' '-rf' '`id`' 'a:b' 'a.' 'a..b' 'A' '{{7}}' '' 'é' '\uff11'".split(" ")
        ],
        ("id", "two words", "cannot be used"),
        ("id", "a" * 65, "cannot be used"),
        ("id", '"a\\nb"', "cannot be used"),
        ("id", '"a\\0b"', "cannot be used"),
        ("id", '"ok\\u200b-1"', "cannot be used"),
        ("id", "123", "is read as a number"),
        ("id", "1e5", "is read as a number"),
        ("id", "yes", "is read as true or false"),
        ("id", "~", "'id' is empty"),
        ("id", "[a]", "'id' holds a list"),
        ("id", None, "'id' is missing"),
        ("text", "", "'text' is empty"),
        ("text", '" "', "'text' is empty"),
        ("text", "3.14", "is read as a number"),
        ("text", "0x1F", "is read as a number"),
        ("text", "12:30:45", "is read as a number"),
        ("text", ".nan", "is read as a number"),
        ("text", "No", "is read as true or false"),
        ("text", "null", "'text' is empty"),
        ("text", "{a: b}", "'text' holds a mapping"),
        ("text", "x" * 2001, "has 2,001 characters; at most 2,000"),
        ("text", '"\\u200b"', "U+200B (zero width space)"),
        ("text", '"safe \\u202edetrop"', "U+202E (right-to-left override)"),
        ("text", '"safe\\U000e0069"', "U+E0069 (tag latin small letter i)"),
        ("text", '"a\\x07b"', "U+0007 (control character)"),
        ("text", "zero\u200bwidth", "U+200B (zero width space)"),
        ("text", None, "'text' is missing"),
        ("durable", "~", "'durable' is empty"),
        ("search", "[good, 7]", "'search' '7' is read as a number"),
        ("search", "[" + "a, " * 51 + "]", "has 51 items; at most 50"),
        ("asserted", "2024", 'bare number; write 2024-01, or "2024" in quotes'),
        ("asserted", "2024-02-30", "not a date in the calendar"),
        ("asserted", "0000-00-00", "not a date in the calendar"),
        ("asserted", "31/12/2024", "is not a date; write"),
        ("asserted", "2024-1-5", "is not a date; write"),
        ("asserted", "last year", "is not a date; write"),
        ("asserted", "2026-11-23", "lies in the future (today is 2026-11-22)"),
        ("asserted", None, "'asserted' is missing"),
        ("review_by", "2027-01", "is not a day; write YYYY-MM-DD"),
        ("anchors", "[]", "'anchors' is empty; name at least one"),
        ("anchors", "null", "'anchors' is empty"),
        ("anchors", "[~]", "'anchors' is empty"),
        ("anchors", "2201", "has not the form of an arXiv id"),
        ("anchors", "'1412.12345'", "has 4 digits after the point"),
        ("anchors", "2201.00000", "arXiv counts from 1"),
        ("anchors", "2612.00001", "names a month in the future"),
        ("anchors", "https://arxiv.org.evil.example/abs/2201.11903", "has not the form"),
        ("anchors", "'2201.11903, 2005.14165'", "has not the form"),
        ("anchors", "\uff12\uff12\uff10\uff11.11903", "has not the form"),
        ("anchors", "[" + "2201.11903, " * 51 + "]", "has 51 items; at most 50"),
        ("anchors", "{title: x}", "anchor 1: 'id' is missing"),
        ("anchors", "{id: 2201.11903, doi: x}", "anchor 1: unknown key 'doi'"),
        ("anchors", "{id: 2201.11903, date: 2022}", "anchor 1: date 2022 is a bare number"),
        ("anchors", None, "'anchors' is missing"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(field: str, written: str | None, why: str) -> None:
    problem = only_problem(one(**{field: written}))
    assert why in problem
    assert problem.isprintable()


@pytest.mark.parametrize("written", ["[]", "[cs.CL, cs.cl]", "cs", "'cs.CL OR all:x'", "[hep-xx]", "[cs.CL, 7]"])
def test_a_category_that_arxiv_cannot_have_is_refused(written: str) -> None:
    assert "categor" in only_problem(HEAD.replace("    claims:", f"    categories: {written}\n    claims:") + claim())


@pytest.mark.parametrize("written", "cs.CL stat.ML hep-th q-bio.NC physics.flu-dyn cond-mat.str-el math-ph astro-ph.GA".split())
def test_a_category_of_arxivs_is_accepted(written: str) -> None:
    source = HEAD.replace("    claims:", f"    categories: {written}\n    claims:") + claim()
    assert read(source).claims[0].categories == (written,)


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        ("", 1, "the file is empty; start it with"),
        ("# only a comment\n", 1, "the file is empty"),
        ("null\n", 1, "not a mapping"),
        ("- a\n- b\n", 1, "not a mapping"),
        ("inquiries: []\n", 1, "'version' is missing"),
        ("version: 1\n", 1, "'inquiries' is missing"),
        (one().replace("version: 1", "version: 99"), 1, "version '99' is not known"),
        (HEAD, 5, "'claims' must hold a list"),
        (HEAD + "      a: b\n", 5, "'claims' must hold a list"),
        (HEAD + "      - just text\n", 6, "claim 1 of inquiry 'q': 'just text' stands where"),
        (HEAD + "      - [a, b]\n", 6, "claim 1 of inquiry 'q': a list stands where"),
        (HEAD + "      -\n", 6, "claim 1 of inquiry 'q': nothing stands where"),
        (one() + claim(), 10, "claim 'ok-1': id 'ok-1' stands already in line 6"),
        (HEAD.replace("id: q", "id: ok-1") + claim(), 6, "id 'ok-1' stands already in line 3"),
        (one() + HEAD.split("inquiries:\n")[1].rstrip() + " []\n", 10, "inquiry 'q': id 'q' stands already in line 3"),
        (one() + "inquiries: []\n", 10, "key 'inquiries' stands twice (first in line 2)"),
        (one() + "        asserted: 2019-01-01\n", 10, "key 'asserted' stands twice (first in line 8)"),
        ("? [a]\n: b\n" + one(), 1, "a key must be a word"),
        ("? \n: b\n" + one(), 1, "a key is empty"),
        (HEAD + "\t- id: a\n", 6, "indented with a tab"),
        (one().replace("        text", "\u00a0       text"), 7, "indented with U+00A0"),
        (one().replace("        text", "       text"), 7, "this is not YAML"),
        (HEAD + '      - id: "a\n        text: x\n', 6, "never closed"),
        (HEAD + "      - id: [a\n        text: x\n", 7, "check the indentation, quotes and brackets"),
        (one(text="it holds: always"), 7, "put a text that holds ': ' in quotes"),
        (one(text='"\\ud83d"'), 7, "this is not YAML"),
        (one() + "---\n" + one(), 10, "a second document starts here"),
        ("%YAML 1.1\n---\n" + one(), 1, "a YAML directive"),
        (one(text="!!python/name:os.system"), 7, "the tag '!!python/name:os.system' is not allowed"),
        (one(text="!!str x"), 7, "the tag '!!str' is not allowed"),
        (one(text="! x"), 7, "the tag '!' is not allowed"),
        ("!!map {version: 1}\n", 1, "the tag '!!map' is not allowed"),
        (one(anchors="!!set {2201.11903}"), 9, "the tag '!!set' is not allowed"),
        (HEAD + '      - !!python/object/apply:os.system ["true"]\n', 6, "the tag '!!python/object/apply:os.system'"),
        (one(text="&a Some text"), 7, "the YAML anchor &a"),
        (one() + "        <<: {durable: x}\n", 10, "the merge key '<<' is not allowed"),
        (one(text="'a\x07b'"), 7, "U+0007 (control character)"),
        (one() + "# a\0b\n", 10, "U+0000 (control character)"),
        ("version: 1\u2028inquiries: []\n", 1, "U+2028 (line separator)"),
        (one().encode() + b"# \xe2\x82\n", 10, "byte 0xe2 is not UTF-8"),
        (one().encode() + b"# \xc0\xaf\n", 10, "byte 0xc0 is not UTF-8"),
    ],
)
def test_what_is_not_plain_yaml_in_our_shape_is_refused_at_its_line(source: str | bytes, line: int, why: str) -> None:
    problem = only_problem(source)
    assert problem.startswith(f"claims.yaml:{line}: ")
    assert why in problem


def test_an_alias_is_refused_even_where_it_holds_itself() -> None:
    assert [p.split(": ", 1)[1] for p in problems("version: 1\ninquiries: &a [*a]\n")] == [
        "the YAML anchor &a: write the value without it",
        "the alias *a: write out what it stands for",
    ]


def test_a_git_conflict_is_named_as_one() -> None:
    found = problems(f"<<<<<<< HEAD\n{one()}=======\n{one()}>>>>>>> other\n")
    assert [p.split(":")[1] for p in found] == ["1", "11", "21"]
    assert all("unsolved git conflict" in p for p in found)


def test_other_encodings_are_refused() -> None:
    assert only_problem(one().encode("utf-32")) == "claims.yaml: is encoded in UTF-32; save it as UTF-8"
    assert "is not UTF-16" in only_problem(one().encode("utf-16")[:-1])


def test_very_many_problems_end_in_a_line_that_says_so() -> None:
    found = problems(HEAD + claim(text="7") * 1000)
    assert len(found) == 101
    assert found[-1] == "claims.yaml: and more; these are the first 100"
