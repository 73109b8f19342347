"""Right and wrong over classes: accuracy, precision, recall and F1 of each, macro-F1, from counts of (label, said).

The macro-F1 is the mean over the classes that have labels: a set without a class says nothing of how well it is told, and what
is wrongly taken for it costs the other classes their recall.
"""

from collections.abc import Iterable, Mapping, Sequence

from claimcheck.domain.evidence import Stance

Confusion = Mapping[tuple[Stance, Stance], float]


def accuracy(confusion: Confusion) -> float | None:
    """Return the share that is right; None when there is nothing."""
    return _ratio(sum(count for (label, said), count in confusion.items() if label is said), sum(confusion.values()))


def per_class(confusion: Confusion, classes: Iterable[Stance]) -> dict[Stance, dict[str, float | None]]:
    """Return precision, recall and F1 of each class, and how often it is the label (`n`) and what is said."""
    found = {}
    for each in classes:
        right = confusion.get((each, each), 0)
        said = sum(count for (_, answer), count in confusion.items() if answer is each)
        labelled = sum(count for (label, _), count in confusion.items() if label is each)
        precision, recall = _ratio(right, said), _ratio(right, labelled)
        f1 = _ratio(2 * right, said + labelled)
        found[each] = {"precision": precision, "recall": recall, "f1": f1, "n": labelled, "said": said}
    return found


def labelled(confusion: Confusion) -> tuple[Stance, ...]:
    """Return the classes that have labels."""
    present = {label for (label, _), count in confusion.items() if count}
    return tuple(stance for stance in Stance if stance in present)


def macro_f1(confusion: Confusion, classes: Sequence[Stance]) -> float | None:
    """Return the mean F1 of these classes; one that is neither label nor said in these counts is left out."""
    scores = [row["f1"] for row in per_class(confusion, classes).values()]
    known = [score for score in scores if score is not None]
    return sum(known) / len(known) if known else None


def matrix(confusion: Confusion, classes: Sequence[Stance]) -> dict[str, dict[str, int]]:
    """Return the counts as a table: for each label, how often each class was said."""
    return {label: {said: int(confusion.get((label, said), 0)) for said in classes} for label in classes}


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
