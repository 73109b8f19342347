"""Import, a use case: a research prompt or notes in plain text or Markdown become a draft of claims.yaml for a person to correct.

    notes ─► units (sentences, items, rows) ─► pick: by rule, or a model points at numbers ─► copy ─► check ─► claims.yaml

Every text is copied from the notes by code; every arXiv id and date that the draft holds stands there (`founded.py` looks again
before anything is written). What was not plain is marked `# check:`; what claims.yaml would refuse is commented out, with why.
"""
