from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont
from pillow_heif import register_heif_opener

from portal.domain.receipts import (
    LIKENESS_BYTES,
    find_alike,
)
from portal.papers.receipts import read_receipt
from portal.papers.sniffing import ReceiptKind
from tests.papers.corpus import page, pages_pdf, pdf, saved, stream, turned

register_heif_opener()

RED, BLUE = (230, 30, 30), (30, 30, 230)


def two_halves(width=400, height=200):
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def shown(file):
    [only] = read_receipt(file).pages
    return Image.open(BytesIO(only.picture))


def is_near(colour, other):
    return all(abs(one - two) < 40 for one, two in zip(colour, other, strict=True))


@pytest.mark.parametrize(
    ("format_name", "kind"),
    [("JPEG", ReceiptKind.JPEG), ("PNG", ReceiptKind.PNG), ("HEIF", ReceiptKind.HEIC)],
)
def test_what_phones_send_is_read(format_name, kind):
    receipt = read_receipt(saved(two_halves(), format_name))

    [only] = receipt.pages
    assert (receipt.kind, only.width, only.height) == (kind, 400, 200)
    picture = shown(saved(two_halves(), format_name))
    assert is_near(picture.getpixel((50, 100)), RED)
    assert is_near(picture.getpixel((350, 100)), BLUE)


def test_every_page_of_a_pdf_becomes_a_picture():
    receipt = read_receipt(pages_pdf(3))

    assert receipt.kind is ReceiptKind.PDF
    assert [(each.width, each.height) for each in receipt.pages] == [(1200, 800)] * 3


def test_a_pdf_of_a_large_page_is_drawn_as_large_as_a_screen_needs():
    [only] = read_receipt(pdf(page(b"0 0 5000 2500"))).pages

    assert 1598 <= only.width <= 1600
    assert 799 <= only.height <= 801


def test_the_seal_of_a_signed_receipt_is_shown():
    seal = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(seal)/F 4/Rect[100 50 200 150]/AP<</N 5 0 R>>>>"
    look = stream(b"1 0 0 rg 0 0 100 100 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 100 100]")
    form = b"/AcroForm<</Fields[4 0 R]/SigFlags 3>>"

    picture = shown(pdf(page(extra=b"/Annots[4 0 R]"), seal, look, catalog=form))

    width, height = picture.size
    assert is_near(picture.getpixel((width // 2, height // 2)), (255, 0, 0))
    assert is_near(picture.getpixel((width // 8, height // 8)), (255, 255, 255))


@pytest.mark.parametrize(
    ("orientation", "red_corner"),
    [
        (1, "left"),
        (2, "right"),
        (3, "right"),
        (4, "left"),
        (5, "top"),
        (6, "top"),
        (7, "bottom"),
        (8, "bottom"),
    ],
)
@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_a_photo_stands_upright_as_its_exif_says(orientation, red_corner, format_name):
    picture = shown(saved(two_halves(), format_name, exif=turned(orientation)))

    width, height = picture.size
    spots = {
        "left": (width // 8, height // 2),
        "right": (width * 7 // 8, height // 2),
        "top": (width // 2, height // 8),
        "bottom": (width // 2, height * 7 // 8),
    }
    assert is_near(picture.getpixel(spots[red_corner]), RED)


def test_a_large_photo_is_brought_to_the_size_of_a_screen_with_a_thumbnail():
    [only] = read_receipt(saved(two_halves(4000, 3000), "JPEG")).pages

    assert (only.width, only.height) == (1600, 1200)
    assert Image.open(BytesIO(only.thumbnail)).size == (128, 96)


def test_what_is_clear_in_a_picture_is_shown_on_white():
    picture = Image.new("RGBA", (100, 100), (0, 0, 0, 0))

    assert shown(saved(picture, "PNG")).getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_sixteen_bits_a_dot_are_scaled_and_not_cut_off(level):
    picture = Image.new("I", (100, 100), level * 257).convert("I;16")

    assert abs(shown(saved(picture, "PNG")).getpixel((50, 50))[0] - level) <= 2


def test_the_same_pixels_have_the_same_digest_whatever_stands_around_them():
    plain, other = two_halves(), two_halves(402)
    digest = read_receipt(saved(plain, "PNG")).digest

    assert read_receipt(saved(plain, "PNG", exif=turned(1), compress_level=1) + b"tail").digest == digest
    assert read_receipt(saved(other, "PNG")).digest != digest


def receipt_paper(form=0, figures=0, size=(1000, 700)):
    """A receipt of a form, filled in with figures."""
    paper = Image.new("RGB", size, (250, 248, 240))
    pen = ImageDraw.Draw(paper)
    font = ImageFont.load_default(28)
    for line in range(9):
        top = 60 + line * 68
        pen.line((40, top, 960, top), fill=(180, 40, 40), width=2)
        pen.text(
            (60, top + 14),
            "ABCDEFGHIJKLMNOP"[(line * 3 + form * 5) % 9 :][: 6 + form % 3],
            (60, 60, 60),
            font,
        )
        pen.text(
            (480 + form * 37 % 90, top + 14),
            str((line + 2) ** 9 * (figures * 7919 + 13) % 10**12),
            "black",
            font,
        )
    pen.ellipse((700 - form * 60, 400, 880 - form * 60, 580), outline=(200, 20, 20), width=8)
    return paper


def likeness(picture, kind="PNG", **options):
    return read_receipt(saved(picture, kind, **options)).pages[0].likeness


def look_alike(one, other):
    return find_alike([one], [("other", other)]) == {"other"}


def bits_apart(one, other):
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


@pytest.mark.parametrize(
    "again",
    [
        lambda paper: (paper, "JPEG", {"quality": 30}),
        lambda paper: (paper.resize((500, 350)), "JPEG", {"quality": 60}),
        lambda paper: (ImageEnhance.Brightness(paper).enhance(1.2), "PNG", {}),
        lambda paper: (ImageEnhance.Contrast(paper).enhance(0.7), "PNG", {}),
        lambda paper: (paper, "HEIF", {"quality": 40}),
        lambda paper: (paper.rotate(90, expand=True), "JPEG", {"exif": turned(6)}),
    ],
    ids=["re-encoded", "shrunk", "brightened", "paler", "as HEIC", "turned by EXIF"],
)
def test_the_same_paper_sent_again_looks_alike(again):
    paper = receipt_paper()
    picture, kind, options = again(paper)

    assert look_alike(likeness(paper), likeness(picture, kind, **options))


@pytest.mark.parametrize("figures", range(1, 5))
def test_another_receipt_of_the_same_form_does_not_look_alike(figures):
    assert not look_alike(likeness(receipt_paper()), likeness(receipt_paper(figures=figures)))


def test_a_receipt_of_another_form_is_far_away():
    assert bits_apart(likeness(receipt_paper()), likeness(receipt_paper(form=1))) > 150


def test_a_page_with_nothing_on_it_has_no_likeness():
    assert likeness(Image.new("RGB", (300, 300), "white")) is None


def test_papers_are_found_alike_by_any_of_their_pages():
    plain, checked = bytes(LIKENESS_BYTES), b"\xaa" * LIKENESS_BYTES
    nearly_plain = b"\x01" + bytes(LIKENESS_BYTES - 1)

    found = find_alike([plain], [("A", checked), ("B", checked + nearly_plain), ("C", b"")])

    assert found == {"B"}
