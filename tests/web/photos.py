"""Photographs of papers that belong to nobody."""

from io import BytesIO

from PIL import Image, ImageDraw


def make_photo(words: str = "2026", size: tuple[int, int] = (240, 320)) -> BytesIO:
    """A JPEG of a receipt that says these words."""
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    for line in range(8):
        draw.text((20, 20 + 30 * line), f"{words} {line * 37}", fill="black")
    file = BytesIO()
    page.save(file, "JPEG")
    file.seek(0)
    return file


def make_pdf(pages: int = 2) -> BytesIO:
    """A PDF of blank-ish pages."""
    sheets = [Image.open(make_photo(f"page {number}")) for number in range(pages)]
    file = BytesIO()
    sheets[0].save(file, "PDF", save_all=True, append_images=sheets[1:])
    file.seek(0)
    return file
