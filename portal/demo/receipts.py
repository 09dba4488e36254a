"""Receipts of the demo: drawn, so that no real paper is ever among them."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_SIZE = (900, 1240)
_PAPER, _INK, _RED = "#f4efe2", "#2b2720", "#8c2317"


def draw_receipt(number: int, year: int) -> bytes:
    """A photo of a made-up contribution receipt, as a JPEG; another picture for each number."""
    picture = Image.new("RGB", _SIZE, _PAPER)
    pen = ImageDraw.Draw(picture)
    large, small = ImageFont.load_default(56), ImageFont.load_default(34)
    pen.rectangle((40, 40, 860, 1200), outline=_INK, width=4)
    pen.text((90, 90), "DEMO RECEIPT", _INK, large)
    pen.text((90, 180), f"No. {number:08}", _RED, small)
    lines = ("PENSION CONTRIBUTION", f"YEAR {year}", "MONTHS 12", f"AMOUNT {9000 + number % 700}.00 CNY")
    for place, line in enumerate(lines):
        pen.text((90, 300 + 110 * place), line, _INK, small)
        pen.line((90, 352 + 110 * place, 810, 352 + 110 * place), _INK, 2)
    for bar in range(24):
        if number * 2654435761 >> bar & 1:
            pen.rectangle((90 + 30 * bar, 860, 108 + 30 * bar, 1000), fill=_INK)
    pen.ellipse((560, 960, 800, 1160), outline=_RED, width=6)
    pen.text((618, 1040), "MADE UP", _RED, small)
    file = BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
