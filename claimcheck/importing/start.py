"""A start from nothing: a claims file with one real claim and what may stand in it, and every setting as a comment."""

import textwrap
from collections.abc import Iterable

from claimcheck.config import SettingInfo

CLAIMS = """\
# The claims to keep under test. One claim is one statement that a single later paper can support or contradict.
# `claimcheck check` says what is wrong with this file, `claimcheck refresh` tests it, `claimcheck schema` prints its JSON Schema.
# Notes that you have already become such a file with `claimcheck import FILE`.
version: 1
inquiries:
  - id: reasoning-vs-instructions        # short, a-z 0-9 and -
    question: Does training a model to reason cost it instruction adherence?
    categories: [cs.CL, cs.AI, cs.LG]    # the arXiv categories to watch; these three where the line is missing
    # questions:                         # research questions to keep in view
    #   - Does instruction following stay stable as the reasoning budget grows?
    claims:
      - id: mathif-tradeoff              # an example: put yours in its place
        text: Training a language model to reason lowers its instruction adherence.
        asserted: 2025-05                # when it was true: YYYY-MM-DD, YYYY-MM, or a quoted "YYYY"
        anchors:                         # the papers that it rests on; a plain list will do: [2505.14810]
          - id: 2505.14810               # an arXiv id; vN behind it pins a version
            date: 2025-05                # checked when given, and so is a title
        # durable: What of it is likely to last.
        # perishable: What of it a new method may lift.
        # search: [further search phrases, two or three]
        # falsified_by: What would prove it wrong.
        # review_by: 2027-06-01
"""
_EMPTY = '""'
_HEAD = """\
# Settings of claimcheck, for the claims.yaml beside this file. To change one, take the `# ` before its name away and write a
# value. Options and environment variables come first. Keys are never read from here, only from the environment.
"""


def settings_text(known: Iterable[SettingInfo], without: Iterable[str]) -> str:
    """Return claimcheck.toml with every setting that may stand in it, as comments."""
    left_out = frozenset(without)
    return _HEAD + "".join(_setting(info) for info in known if info.name not in left_out)


def _setting(info: SettingInfo) -> str:
    meaning = "\n".join(
        textwrap.wrap(f"{info.meaning}; default: {info.default}", 118, initial_indent="# ", subsequent_indent="# ")
    )
    number = info.default.replace(".", "", 1).isdigit()
    return f"\n{meaning}\n# {info.name} = {info.default if number else _EMPTY}\n"
