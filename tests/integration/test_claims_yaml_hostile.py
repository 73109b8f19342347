"""claims.yaml from anyone: files that are huge, no files at all, random bytes, and the collection of bad ones."""

import hashlib
import json
import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimcheck.adapters import claims_yaml
from claimcheck.adapters.claims_yaml import yaml_text
from claimcheck.domain.claim import ClaimsFile
from claimcheck.errors import Refused
from tests.integration.claims_text import HEAD, TODAY, claim, one, problems, read

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
MANY = 300_000
HOSTILE = {
    "nested lists": "[" * 1_000_000,
    "nested keys": "? " * 1_000_000,
    "nested dashes": "- " * 1_000_000,
    "many values": HEAD + claim(anchors="[" + "2201.11903," * MANY + "]"),
    "many keys": "".join(f"k{n}: a\n" for n in range(MANY)),
    "same key": "a: b\n" * MANY,
    "many documents": "---\n" * MANY,
    "tag directives": "".join(f"%TAG !a{n}! tag:x\n" for n in range(MANY)) + "---\na",
    "aliases": "[&a b," + "*a," * MANY + "]",
    "tags": "[" + "!a b," * MANY + "]",
    "merge bomb": "a: &a {k: 1}\n" + "".join(f"b{n}: &b{n} {{<<: [{'*a,' * 9}]}}\n" for n in range(1000)),
    "tabs": "\t\n" * MANY,
    "line ends": "\n" * 2_000_000,
    "long key": "k" * 4_000_000 + ": a",
    "long id": one(id="a." * 1_000_000),
    "long number": one(id="1:" * 1_000_000 + "1"),
    "long anchor": one(anchors="a-" * 1_000_000),
    "long date": one(asserted="2" * 4_000_000),
    "not text": "\x01" * 4_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_fast(name: str) -> None:
    source = HOSTILE[name].encode()
    began = time.process_time()
    found = problems(source)
    assert time.process_time() - began < 20  # seconds; one that is not refused takes minutes
    assert all(len(problem) < 500 for problem in found)


def test_an_escape_beyond_unicode_is_refused_by_either_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    source = one(text='"\\U00110000"')
    assert "this is not YAML" in problems(source)[0]
    monkeypatch.setattr(yaml_text, "_LOADER", yaml.BaseLoader)
    assert "this is not YAML" in problems(source)[0]


def test_ten_thousand_claims_are_read_with_a_warning() -> None:
    file = read(HEAD + "".join(claim(id=f"ok-{n}") for n in range(10_000)))
    assert len(file.claims) == 10_000
    assert file.warnings == ("claims.yaml:2: 10,000 claims; each is searched and judged at every refresh",)


# Files


def test_the_digest_is_of_the_bytes_that_were_read(tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(one(), encoding="utf-8")
    file, digest = claims_yaml.load_with_digest(path, TODAY)
    assert file == claims_yaml.load(path, TODAY)
    assert digest == claims_yaml.digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_cannot_be_read_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"#" * 5_000_001)
    found = {}
    for path in (tmp_path / "none", tmp_path, tmp_path / "pipe", tmp_path / "loop", tmp_path / "large", Path("/dev/zero")):
        with pytest.raises(Refused) as refused:
            claims_yaml.load(path, TODAY)
        found[path.name] = str(refused.value).removeprefix(f"{path}: ")
    assert found == {
        "none": "there is no such file; write one, or name another with --claims or CLAIMCHECK_CLAIMS",
        tmp_path.name: "is a folder; name the file in it",
        "pipe": "is not a regular file; copy what it holds into one",
        "zero": "is not a regular file; copy what it holds into one",
        "loop": "cannot be read (Too many levels of symbolic links); mend that, or name another file",
        "large": "is larger than 5,000,000 bytes; split it",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(one(), encoding="utf-8")
    path.chmod(0)
    with pytest.raises(Refused, match="cannot be read"):
        claims_yaml.load(path, TODAY)


# Anything at all


YAMLISH = st.text(alphabet=st.sampled_from(list("ab1: -?[]{},&*!|>'\"%#@`~<=.\n\t\r\\\u00a0\u200b\u2028é0")), max_size=80)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")), YAMLISH.map(str.encode)
    )
)
@example(b"\xff\xfe\x00")
@example(b'"\\U00110000"')
@example(b"? - ? [a: b")
def test_any_bytes_are_read_or_refused(source: bytes) -> None:
    try:
        assert isinstance(read(source), ClaimsFile)
    except Refused:
        assert problems(source)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(one())), st.integers(0, 12), YAMLISH)
def test_a_damaged_file_is_read_or_refused_in_lines_that_can_be_shown(at: int, cut: int, put: str) -> None:
    source = one()[:at] + put + one()[at + cut :]
    try:
        file = read(source)
    except Refused:
        assert all(line.startswith("claims.yaml") and line.isprintable() for line in problems(source))
    else:
        assert all(text.isprintable() for c in file.claims for text in (c.id, c.text, *c.search))


# The collection of bad files


def _bad_files() -> list[dict[str, str]]:
    manifest = SHARED / "bad_inputs" / "MANIFEST.jsonl"
    if not manifest.exists():
        return []
    cases = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    return [case for case in cases if case["category"] == "claims"]


@pytest.mark.skipif(not _bad_files(), reason="the folder `shared` with the bad files is not beside the repository")
@pytest.mark.parametrize("loader", ["libyaml", "pure"])
@pytest.mark.parametrize("case", _bad_files(), ids=lambda case: case["id"])
def test_each_bad_file_is_treated_as_its_manifest_says(
    case: dict[str, str], loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if loader == "pure":
        monkeypatch.setattr(yaml_text, "_LOADER", yaml.BaseLoader)
    path = SHARED / "bad_inputs" / case["file"]
    if case["id"].endswith("nbsp_indent") and path.read_bytes().isascii():
        pytest.skip("the no-break spaces of this file were lost; a test above has them")
    if case["expect"] == "reject":
        with pytest.raises(Refused) as refused:
            claims_yaml.load(path, TODAY)
        assert all(line.startswith(str(path)) for line in refused.value.problems)
    else:
        file = claims_yaml.load(path, TODAY)
        assert bool(file.warnings) == (case["expect"] == "warn")
        assert all("\n" not in c.text and len(c.anchors) in (1, 2) for c in file.claims)
    assert not Path("/tmp/PWNED_claimcheck").exists()
