"""claims.yaml: read with every scalar as written, refused with all that is wrong at once."""

from claimcheck.adapters.claims_yaml.loader import digest, load, load_with_digest, parse, schema_text

__all__ = ["digest", "load", "load_with_digest", "parse", "schema_text"]
