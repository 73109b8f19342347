"""What claims, papers, evidence and verdicts are: plain values and pure functions, standard library only."""
