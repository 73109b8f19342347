"""A server for a person's assistant (Model Context Protocol, stdio): it may ask what claimcheck knows, and change nothing.

Text of papers is hostile until shown otherwise. It is handed on as what it is: cleaned of what no reader sees, cut to a bound,
and in a field that says that it is data (`answers.py`). No tool writes claims or reports; what arXiv and a judge answered is
kept as ever, so that nobody is asked twice.
"""
