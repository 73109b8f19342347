"""The revisions of the ledger's schema, one file each. A published one is never edited."""
