"""The numbers that the index keeps for arXiv ids lead back to them."""

import pytest

from claimcheck.adapters.library.id_numbers import NONE, id_of, number_of
from claimcheck.domain.arxiv_id import ARCHIVES

IDS = ("0704.0001", "1412.9999", "1501.00001", "2505.14810", "9912.99999", "hep-th/9901001", "math/0309136", "supr-con/9112001")


@pytest.mark.parametrize("id", IDS)
def test_an_id_comes_back(id: str) -> None:
    assert id_of(number_of(id)) == id


def test_no_two_ids_have_one_number() -> None:
    ids = [*IDS, *(f"{archive}/9901001" for archive in ARCHIVES - {"hep-th"})]
    assert len({number_of(id) for id in ids}) == len(ids)


@pytest.mark.parametrize("id", ["", "p1", "2505.14810v2", "2505.1481", "nowhere/9901001"])
def test_what_is_no_bare_id_has_no_number(id: str) -> None:
    assert number_of(id) == NONE
