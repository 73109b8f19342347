"""claims.yaml: read with every scalar as written, refused with all that is wrong at once; an anchor repaired in place."""

from claimcheck.adapters.claims_yaml.loader import digest, load, load_with_digest, parse, schema_text
from claimcheck.adapters.claims_yaml.repair import EditableClaims, repair_anchor

__all__ = ["EditableClaims", "digest", "load", "load_with_digest", "parse", "repair_anchor", "schema_text"]
