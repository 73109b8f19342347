"""What a paper says of its own withdrawal, and that it says nothing of another's."""

import pytest

from claimcheck.domain.paper import Paper


@pytest.mark.parametrize(
    "comment",
    [
        "This paper has been withdrawn by the authors.",
        "Withdrawn due to an error; superseded by arXiv:2502.00002",
        "arXiv:2501.00001 is withdrawn because of an error",
        "Extends arXiv:2502.00002. This paper has been withdrawn by the authors.",
    ],
)
def test_a_paper_that_says_it_was_withdrawn_was(comment: str) -> None:
    assert Paper("2501.00001", "T", "It is.", comment=comment).known_withdrawal


@pytest.mark.parametrize(
    "comment",
    [
        "arXiv:2201.11903 has been withdrawn by the authors.",
        "Reply to hep-th/9901001, which was withdrawn by its authors",
        "12 pages",
    ],
)
def test_a_paper_cannot_withdraw_another_nor_itself_by_naming_one(comment: str) -> None:
    assert Paper("2501.00001", "T", "It is.", comment=comment).known_withdrawal is None
