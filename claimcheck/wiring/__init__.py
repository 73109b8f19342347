"""Chooses the real adapters; the only part that knows them all. Each is imported when it is wanted, not before.

`files` finds claims, settings and sample; `stores`, `sources`, `judges` and `cluster` make one kind of adapter each; `running`
puts them together for a use case; `documents`, `reports` and `aftermath` serve the commands around it, `reviews` the review page.
"""

from claimcheck.wiring.aftermath import notifier, recording, told
from claimcheck.wiring.documents import audit, ground_citation, import_notes
from claimcheck.wiring.files import (
    digest_of,
    load_claims,
    read_report,
    sample_claims,
    schema_text,
    settings,
    write_new,
    write_start,
)
from claimcheck.wiring.judges import judge, notes
from claimcheck.wiring.reports import html_report, report_files, two_reports
from claimcheck.wiring.reviews import reviewing, reviews_as_yaml, reviews_from_yaml
from claimcheck.wiring.running import Wanted, evaluating, previewing, refreshing
from claimcheck.wiring.sources import pace_folder, source
from claimcheck.wiring.stores import (
    back_up,
    copy_ledger,
    library_is_empty,
    library_reach,
    only_one_run,
    open_ledger,
    open_library,
    refuse_second_run,
    search_library,
    update_library,
)

__all__ = [
    "Wanted",
    "audit",
    "back_up",
    "copy_ledger",
    "digest_of",
    "evaluating",
    "ground_citation",
    "html_report",
    "import_notes",
    "judge",
    "library_is_empty",
    "library_reach",
    "load_claims",
    "notes",
    "notifier",
    "only_one_run",
    "open_ledger",
    "open_library",
    "pace_folder",
    "previewing",
    "read_report",
    "recording",
    "refreshing",
    "refuse_second_run",
    "report_files",
    "reviewing",
    "reviews_as_yaml",
    "reviews_from_yaml",
    "sample_claims",
    "schema_text",
    "search_library",
    "settings",
    "source",
    "told",
    "two_reports",
    "update_library",
    "write_new",
    "write_start",
]
