"""The library on disk: papers in SQLite, which is the truth, and a tantivy index over them, which can always be rebuilt.

library.sqlite   every paper and version seen, what was asked of a source, and which papers the index still lacks
index-…/         the full-text index; SQLite names the folder in use and keeps a seal over its files
index.lock       held by the one process that is writing the index
"""

from claimcheck.adapters.library.importer import ImportReport
from claimcheck.adapters.library.library import LibraryStats, LocalLibrary

__all__ = ["ImportReport", "LibraryStats", "LocalLibrary"]
