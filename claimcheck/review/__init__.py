"""The local review page: what needs a person, and what the person decides, kept in the ledger.

guard.py     who may ask: loopback, one session, exact Host and Origin, small bodies, strict headers
app.py       the addresses and what each answers
desk.py      decisions: checked against what the reviewer saw, kept, undone
board.py     the last report under the reviews kept so far, and the queue
texts.py     a paper as the judge read it, with the quoted sentences marked
preview.py   the verdict as the next refresh would compute it
templates/, static/
"""
