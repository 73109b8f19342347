"""The JSON Schema of claims.yaml says what the loader says, as far as a schema can."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from claimcheck.adapters import claims_yaml
from claimcheck.adapters.claims_yaml import fields as yaml_fields
from claimcheck.adapters.claims_yaml import loader
from claimcheck.domain.claim import DEFAULT_CATEGORIES
from tests.integration.claims_text import HEAD, claim, one, problems, read

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads(claims_yaml.schema_text())


def valid(source: str, loader: type = yaml.BaseLoader) -> bool:
    """Check a file as text scalars, as our loader sees them, or as another loader would have them."""
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.load(source, Loader=loader))


def object_schemas() -> dict[str, dict[str, Any]]:
    return {"file": SCHEMA, **{name: s for name, s in SCHEMA["$defs"].items() if s.get("type") == "object"}}


def test_the_schema_is_a_sound_schema_and_the_repositorys_claims_name_it() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    first = (ROOT / "claims.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert (ROOT / first.partition("$schema=")[2]).read_text(encoding="utf-8") == claims_yaml.schema_text()


@pytest.mark.parametrize("loader", [yaml.BaseLoader, yaml.SafeLoader])
def test_the_repositorys_claims_fit_the_schema_also_for_editors_that_see_numbers(loader: type) -> None:
    assert valid((ROOT / "claims.yaml").read_text(encoding="utf-8"), loader)


def test_schema_and_loader_know_the_same_keys_and_limits() -> None:
    known = {name: tuple(schema["properties"]) for name, schema in object_schemas().items()}
    assert known == {
        "file": loader.FILE_KEYS,
        "inquiry": loader.INQUIRY_KEYS,
        "claim": loader.CLAIM_KEYS,
        "anchor": loader.ANCHOR_KEYS,
    }
    assert SCHEMA["$defs"]["text"]["maxLength"] == yaml_fields.LONGEST_TEXT
    assert SCHEMA["$defs"]["texts"]["oneOf"][1]["maxItems"] == yaml_fields.MOST_ITEMS
    categories = SCHEMA["$defs"]["inquiry"]["properties"]["categories"]["description"]
    assert all(category in categories for category in DEFAULT_CATEGORIES)


def test_every_key_is_described_for_the_reader_of_an_editor() -> None:
    for name, schema in object_schemas().items():
        for key, value in schema["properties"].items():
            target = value.get("$ref", "").removeprefix("#/$defs/")
            assert value.get("description") or SCHEMA["$defs"][target]["description"], f"{name}.{key}"


GOOD = [
    one(),
    one(anchors="2505.14810", search="one phrase", review_by="2027-01-31"),
    one(anchors="[https://arxiv.org/abs/2201.11903v2, 'arXiv:2201.11903', math.GT/0309136, {id: 2201.11903, date: 2022-01}]"),
    one(asserted="'2024'", id="a.b_c-1"),
    HEAD.replace("claims:", "claims: []"),
    HEAD.replace("    claims:", "    categories: cond-mat.str-el\n    questions: [Why so, How so]\n    claims:") + claim(),
]
BAD = [
    one().replace("version: 1", "version: 2"),
    one().replace("version: 1\n", ""),
    one() + "more: x\n",
    one(colour="red"),
    one(anchors="[]"),
    one(anchors="{title: x}"),
    one(anchors="'2201.11903, 2005.14165'"),
    one(anchors="[" + "2201.11903, " * 51 + "]"),
    one(asserted="last year"),
    one(asserted=None),
    one(id="a..b"),
    one(id="OK"),
    one(id="x" * 65),
    one(text="' '"),
    one(text="[a]"),
    one(text="x" * 2001),
    one(review_by="2027-01"),
    HEAD + "      a: b\n",
    HEAD.replace("    claims:", "    categories: []\n    claims:") + claim(),
    HEAD.replace("    claims:", "    categories: cs.cl\n    claims:") + claim(),
]


@pytest.mark.parametrize("source", GOOD)
def test_what_the_loader_reads_fits_the_schema(source: str) -> None:
    read(source)
    assert valid(source)


@pytest.mark.parametrize("source", BAD)
def test_what_the_schema_can_see_wrong_is_wrong_in_both(source: str) -> None:
    assert problems(source)
    assert not valid(source)
