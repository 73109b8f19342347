"""Small PDF files, made of page descriptions: as much of the format as a reader needs."""

from collections.abc import Sequence

FONT = "/F1 10 Tf"


def pdf(*pages: str, resources: str = "", extra: Sequence[str] = ()) -> bytes:
    """Return a PDF of page descriptions; `resources` go into each page's dictionary, `extra` are objects from number 100."""
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
    kids, fonts = [], "" if "/Font" in resources else "/Font<</F1 3 0 R>>"
    for at, content in enumerate(pages):
        page, stream = 10 + 2 * at, 11 + 2 * at
        kids.append(f"{page} 0 R")
        objects[page] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {stream} 0 R/Resources<<{fonts}"
            f"/ExtGState<</Clear<</ca 0>>/Solid<</ca 1>>>>{resources}>>>>"
        ).encode()
        objects[stream] = _stream(content.encode("latin-1"))
    objects[2] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(pages)}>>".encode()
    objects |= {100 + at: one.encode("latin-1") for at, one in enumerate(extra)}
    return _file(objects)


def text(*lines: str, top: int = 720, left: int = 72, font: str = FONT) -> str:
    """Return a page description that shows lines from the top down."""
    marks = str.maketrans({"(": "\\(", ")": "\\)"})
    shown = [f"({line.translate(marks)}) Tj 0 -14 Td" for line in lines]
    return f"BT {font} {left} {top} Td {' '.join(shown)} ET"


def _stream(content: bytes) -> bytes:
    return b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)


def _file(objects: dict[int, bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    start, size = len(out), max(objects) + 1
    rows = [b"%010d %05d %s \n" % ((places[n], 0, b"n") if n in places else (0, 65535, b"f")) for n in range(size)]
    out += b"xref\n0 %d\n%s" % (size, b"".join(rows))
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(out)
