"""Hostile and damaged receipts, made here and nowhere kept: over three hundred files, the same every time.

Each is a `Specimen`: a name, how to make its bytes, and which outcomes are right: ``"read"`` or codes of
refusals. An empty set of outcomes leaves open which of them it is, as for flipped bits.
"""

import zlib
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from random import Random
from struct import pack
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from pillow_heif import register_heif_opener

register_heif_opener()

READ = "read"
NOT_AN_IMAGE = "receipt_not_an_image"
OTHER_KIND = "receipt_kind_not_taken"
UNREADABLE = "receipt_unreadable"
TOO_HEAVY = "receipt_too_heavy"
TOO_MANY_PIXELS = "receipt_too_many_pixels"

SCRIPT = b"<script>alert('canary')</script>"
"""Stands in every polyglot; in a page that is shown it must not."""


class Specimen(NamedTuple):
    name: str
    make: Callable[[], bytes]
    outcomes: frozenset[str]


def specimens() -> Iterator[Specimen]:
    for group in (damaged, other_kinds, polyglots, bombs, pdf_actions, pdf_structures, pictures, heic_boxes):
        for name, outcomes, make in group():
            yield Specimen(f"{group.__name__}: {name}", make, frozenset(outcomes))


# Sound files to start from.


def drawing(width=320, height=240, mode="RGB"):
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    for line in range(0, height, 12):
        pen.line((5, line, width - line % 40, line), fill=(line % 255, 40, 80), width=3)
    return picture.convert(mode)


def saved(picture, kind, **options):
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@cache
def sound(kind):
    if kind == "PDF":
        return pdf(page())
    return saved(drawing(), kind)


KINDS = ("JPEG", "PNG", "HEIF", "PDF")


# What goes wrong on the way, and what fuzzers do.


def damaged():
    for kind in KINDS:
        for eighth in range(1, 8):
            yield f"{kind} cut at {eighth}/8", (), lambda k=kind, e=eighth: sound(k)[: len(sound(k)) * e // 8]
        for seed in range(10):
            yield f"{kind} with flipped bits {seed}", (), lambda k=kind, s=seed: flipped(sound(k), s)
        for seed in range(4):
            yield f"{kind} with a hole {seed}", (), lambda k=kind, s=seed: holed(sound(k), s)
            yield f"{kind} with a piece twice {seed}", (), lambda k=kind, s=seed: stuttered(sound(k), s)
        yield f"{kind} beginning and noise", (UNREADABLE,), lambda k=kind: sound(k)[:16] + noise(5_000)
        yield f"{kind} with noise behind", (READ,), lambda k=kind: sound(k) + noise(5_000)


def flipped(file, seed):
    random = Random(seed)
    changed = bytearray(file)
    for _ in range(random.randrange(1, 30)):
        changed[random.randrange(12, len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def holed(file, seed):
    start = Random(seed).randrange(12, len(file) // 2)
    return file[:start] + bytes(len(file) // 4) + file[start + len(file) // 4 :]


def stuttered(file, seed):
    start = Random(seed).randrange(12, len(file) // 2)
    return file[: start + 400] + file[start:]


def noise(length):
    return Random(length).randbytes(length)


# Files that are no receipts.


def zipped(**members):
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"


def other_kinds():
    plain = drawing()
    yield "empty", ("receipt_empty",), lambda: b""
    yield "one byte", (NOT_AN_IMAGE,), lambda: b"\xff"
    yield (
        "ten megabytes and one byte",
        ("receipt_too_large",),
        lambda: sound("JPEG").ljust(10 * 1024 * 1024 + 1),
    )
    for kind in ("GIF", "BMP", "TIFF", "WEBP"):
        yield f"a {kind}", (OTHER_KIND,), lambda k=kind: saved(plain, k)
    yield "an AVIF", (OTHER_KIND,), lambda: b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + noise(500)
    yield "an AVIF that says mif1", (OTHER_KIND,), lambda: b"\0\0\0\x18ftypmp42\0\0\0\0avifmif1" + noise(500)
    yield "an ICO", (NOT_AN_IMAGE,), lambda: saved(plain, "ICO")
    yield "a PPM", (NOT_AN_IMAGE,), lambda: saved(plain, "PPM")
    yield "a TGA", (NOT_AN_IMAGE,), lambda: saved(plain, "TGA")
    yield "an SVG with a script", (NOT_AN_IMAGE,), lambda: SVG
    yield "an SVG behind a declaration", (NOT_AN_IMAGE,), lambda: b'<?xml version="1.0"?>\n' + SVG
    yield "an SVG behind a mark", (NOT_AN_IMAGE,), lambda: b"\xef\xbb\xbf" + SVG
    yield "an SVG in UTF-16", (NOT_AN_IMAGE,), lambda: SVG.decode().encode("utf-16")
    laughs = b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    yield "an SVG whose entities multiply", (NOT_AN_IMAGE,), lambda: laughs + SVG
    yield "a web page", (NOT_AN_IMAGE,), lambda: b"<!DOCTYPE html><html><body>" + SCRIPT
    yield "a script", (NOT_AN_IMAGE,), lambda: b"#!/bin/sh\nrm -rf /tmp/canary\n"
    yield "a PHP page", (NOT_AN_IMAGE,), lambda: b"<?php system($_GET['c']); ?>"
    yield "plain words", (NOT_AN_IMAGE,), lambda: "缴费凭证".encode()
    yield "plain words in GB18030", (NOT_AN_IMAGE,), lambda: "缴费凭证".encode("gb18030")
    yield "a Windows program", (NOT_AN_IMAGE,), lambda: b"MZ\x90\0" + noise(2_000)
    yield "a Linux program", (NOT_AN_IMAGE,), lambda: b"\x7fELF\x02\x01\x01" + bytes(2_000)
    yield "nothing but zeros", (NOT_AN_IMAGE,), lambda: bytes(100_000)
    yield "nothing but noise", (NOT_AN_IMAGE,), lambda: noise(100_000)
    yield "PostScript", (NOT_AN_IMAGE,), lambda: b"%!PS-Adobe-3.0\n(%pipe%id) (w) file\n"
    yield "a film", (NOT_AN_IMAGE,), lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + noise(2_000)
    yield "a zip", (NOT_AN_IMAGE,), lambda: zipped(readme="hello")
    yield "a zip that climbs", (NOT_AN_IMAGE,), lambda: zipped(**{"../../etc/cron.d/canary": "x"})
    yield "a zip with a name of 4 KB", (NOT_AN_IMAGE,), lambda: zipped(**{"n" * 4096: "x"})
    yield "a zip bomb", (NOT_AN_IMAGE,), lambda: zipped(bomb=bytes(50_000_000))
    yield "a Word document", (NOT_AN_IMAGE,), lambda: zipped(**{"[Content_Types].xml": "<Types/>"})
    yield "an old Word document", (NOT_AN_IMAGE,), lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)
    yield "an OFD", ("receipt_is_ofd",), lambda: zipped(**{"OFD.xml": "<ofd/>", "Doc_0/Document.xml": "<d/>"})
    yield "an OFD cut short", ("receipt_is_ofd",), lambda: zipped(**{"OFD.xml": "<ofd/>" * 90})[:60]
    yield "a gzip", (NOT_AN_IMAGE,), lambda: b"\x1f\x8b\x08" + noise(500)


# Files that are two things at once.


def polyglots():
    page_of_script = b"<html>" + SCRIPT
    archive = zipped(canary=SCRIPT)
    for kind in KINDS:
        yield f"{kind} and zip", (READ,), lambda k=kind: sound(k) + archive
        yield f"{kind} and web page", (READ,), lambda k=kind: sound(k) + page_of_script
    yield "JPEG with a web page as comment", (READ,), lambda: saved(drawing(), "JPEG", comment=page_of_script)
    yield "JPEG with PHP as EXIF", (READ,), lambda: saved(drawing(), "JPEG", exif=exif(b"<?php " + SCRIPT))
    yield (
        "JPEG with a PDF as comment",
        (READ,),
        lambda: saved(drawing(), "JPEG", comment=sound("PDF")[:60_000]),
    )
    yield "PNG with a web page as text", (READ,), lambda: png_with_text(SCRIPT.decode())
    yield "PDF behind a GIF", (OTHER_KIND,), lambda: b"GIF89a" + bytes(20) + sound("PDF")
    yield "PDF behind a web page", (NOT_AN_IMAGE,), lambda: page_of_script + sound("PDF")
    yield "PDF behind a zip", (NOT_AN_IMAGE,), lambda: archive + sound("PDF")
    yield "JPEG behind words", (NOT_AN_IMAGE,), lambda: b"words\n" + sound("JPEG")
    yield (
        "PDF whose objects begin like a JPEG",
        (READ, UNREADABLE),
        lambda: b"%PDF-1.7\n\xff\xd8\xff\xe0" + sound("PDF"),
    )
    yield "JPEG that says PNG inside", (UNREADABLE,), lambda: b"\xff\xd8\xff" + sound("PNG")
    yield "PNG that says JPEG inside", (UNREADABLE,), lambda: b"\x89PNG\r\n\x1a\n" + sound("JPEG")
    yield (
        "HEIC that says PDF inside",
        (UNREADABLE,),
        lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + sound("PDF"),
    )


def exif(description):
    block = Image.Exif()
    block[0x010E] = description.decode("latin-1")
    block[0x0112] = 6
    return block


def png_with_text(text):
    info = PngInfo()
    info.add_text("Comment", text)
    info.add_itxt("XML:com.adobe.xmp", text)
    return saved(drawing(), "PNG", pnginfo=info)


# Little files that unpack to much.


def chunk(kind, body):
    return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))


def png(width, height, *, bits=8, colour=2, before=b"", rows=b"", interlaced=0):
    head = chunk(b"IHDR", pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced))
    return b"\x89PNG\r\n\x1a\n" + head + before + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@cache
def zeros(megabytes):
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()


def jpeg_of_size(width, height):
    file = bytearray(saved(drawing(64, 64), "JPEG"))
    at = file.find(b"\xff\xc0")
    file[at + 5 : at + 9] = pack(">HH", height, width)
    return bytes(file)


def jpeg_of_many_scans(count):
    """Each scan makes the decoder walk over the whole picture again."""
    file = saved(drawing(1200, 1200), "JPEG", progressive=True)
    start = file.find(b"\xff\xda")
    end = file.find(b"\xff\xda", start + 2)
    between = file.rfind(b"\xff\xc4", start, end)
    scan = file[start : between if between > 0 else end]
    return file[:start] + scan * count + file[start:]


def bombs():
    pixels = (TOO_MANY_PIXELS,)
    yield "PNG of 65,000 by 65,000", pixels, lambda: png(65_000, 65_000, rows=zeros(1))
    yield "PNG as large as a header can say", pixels, lambda: png(2**31 - 1, 2**31 - 1, rows=zeros(1))
    yield (
        "PNG of black dots, 30,000 by 30,000",
        pixels,
        lambda: png(30_000, 30_000, bits=1, colour=0, rows=zeros(113)),
    )
    yield "PNG one dot high", pixels, lambda: png(2**31 - 1, 1, rows=zeros(1))
    yield "PNG at the limit", (READ, TOO_HEAVY), lambda: png(8_000, 8_000, rows=zeros(193))
    yield (
        "PNG at the limit, with 16 bits and alpha",
        (READ, TOO_HEAVY, UNREADABLE),
        lambda: png(8_000, 8_000, bits=16, colour=6, rows=zeros(513)),
    )
    yield (
        "PNG at the limit, interlaced",
        (READ, TOO_HEAVY, UNREADABLE),
        lambda: png(8_000, 8_000, rows=zeros(193), interlaced=1),
    )
    yield "PNG of no width", (UNREADABLE,), lambda: png(0, 100, rows=zeros(1))
    for kind in (b"zTXt", b"iTXt", b"iCCP"):
        head = b"Comment\0\1\0\0\0" if kind == b"iTXt" else b"Comment\0\0"
        text = chunk(kind, head + zeros(200))
        yield (
            f"PNG with 200 MB of {kind.decode()}",
            (),
            lambda t=text: png(8, 8, before=t, rows=zlib.compress(bytes(8 * 25))),
        )
    many = chunk(b"tEXt", b"Comment\0" + b"x" * 100) * 50_000
    yield "PNG with 50,000 texts", (), lambda: png(8, 8, before=many, rows=zlib.compress(bytes(8 * 25)))
    yield "JPEG of 65,500 by 65,500", pixels, lambda: jpeg_of_size(65_500, 65_500)
    yield "JPEG of no height", (UNREADABLE,), lambda: jpeg_of_size(64, 0)
    yield "JPEG of 8,000 by 8,000 with nothing in it", (READ, UNREADABLE), lambda: jpeg_of_size(8_000, 8_000)
    yield "JPEG of 200 scans", (), lambda: jpeg_of_many_scans(200)
    yield "JPEG of 5,000 scans", (), lambda: jpeg_of_many_scans(5_000)
    yield "JPEG of 100,000 comments", (), lambda: b"\xff\xd8" + b"\xff\xfe\0\x10comment comment" * 100_000
    yield (
        "JPEG with two megabytes of ICC",
        (READ,),
        lambda: saved(drawing(), "JPEG", icc_profile=noise(2_000_000)),
    )
    yield (
        "PNG with two megabytes of ICC",
        (READ, UNREADABLE),
        lambda: saved(drawing(), "PNG", icc_profile=noise(2_000_000)),
    )
    yield "a strip 1 dot wide", (READ,), lambda: saved(Image.new("L", (1, 20_000)), "PNG")
    yield "a strip 1 dot high", (READ,), lambda: saved(Image.new("L", (20_000, 1)), "JPEG")
    yield "a single dot", (READ,), lambda: saved(Image.new("RGB", (1, 1)), "PNG")


# PDF, by hand.


def pdf(*objects, trailer=b"", catalog=b""):
    """Objects 1 (catalog) and 2 (pages) are made here; ``objects``, a page first, are numbered from 3."""
    kids = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    return assembled([b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>", kids, *objects], trailer)


def assembled(objects, trailer=b""):
    file, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def page(box=b"0 0 300 200", extra=b"", contents=b""):
    drawn = b"/Contents 4 0 R" if contents else b""
    return b"<</Type/Page/Parent 2 0 R/MediaBox[%s]%s%s>>" % (box, drawn, extra)


def stream(body, entries=b"", packed=False):
    data = zlib.compress(body, 9) if packed else body
    entries += b"/Filter/FlateDecode" if packed else b""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), entries, data)


def drawn(contents, *objects, resources=b"", **options):
    """A PDF whose page shows ``contents``; ``objects`` are numbered from 5."""
    whole = page(contents=contents, extra=b"/Resources<<%s>>" % resources, **options)
    return pdf(whole, stream(contents, packed=len(contents) > 10_000), *objects)


def pdf_actions():
    canary = b"(app.alert\\('canary'\\))"
    actions = {
        "JavaScript": b"/S/JavaScript/JS" + canary,
        "Launch": b"/S/Launch/F(../../../../bin/sh)",
        "a web address": b"/S/URI/URI(http://example.test/canary)",
        "sending a form": b"/S/SubmitForm/F(http://example.test/canary)",
        "another file": b"/S/GoToR/F(\\\\\\\\example.test\\\\share)",
        "an embedded file": b"/S/GoToE/T<</R/C>>",
        "a film": b"/S/Rendition/OP 0",
        "importing data": b"/S/ImportData/F(http://example.test/canary)",
    }
    for name, action in actions.items():
        yield f"opens with {name}", (READ,), lambda a=action: pdf(page(), catalog=b"/OpenAction<<%s>>" % a)
        yield (
            f"does {name} when its page opens",
            (READ,),
            lambda a=action: pdf(page(extra=b"/AA<</O<<%s>>>>" % a)),
        )
        link = b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 300 200]/A<<%s>>>>]"
        yield f"links to {name}", (READ,), lambda a=action, at=link: pdf(page(extra=at % a))
    names = b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS%s>>]>>>>" % canary
    yield "has scripts by name", (READ,), lambda: pdf(page(), catalog=names)
    attached = b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(../../canary.exe)/EF<</F 4 0 R>>>>]>>>>"
    yield (
        "carries a file with a climbing name",
        (READ,),
        lambda: pdf(page(), stream(b"MZ" + SCRIPT), catalog=attached),
    )
    field = b"<</FT/Tx/T(a)/V(b)/AA<</K<</S/JavaScript/JS%s>>>>/Rect[0 0 9 9]/Subtype/Widget>>" % canary
    form = b"/AcroForm<</Fields[4 0 R]/NeedAppearances true>>"
    yield "has a form that computes", (READ,), lambda: pdf(page(extra=b"/Annots[4 0 R]"), field, catalog=form)
    yield (
        "has an XFA form",
        (READ,),
        lambda: pdf(page(), stream(b"<xdp>" + SCRIPT), catalog=b"/AcroForm<</XFA 4 0 R>>"),
    )
    media = b"/Annots[<</Subtype/RichMedia/Rect[0 0 300 200]/RichMediaContent<</Assets 4 0 R>>>>]"
    yield "has rich media", (READ,), lambda: pdf(page(extra=media), b"<<>>")


def pdf_structures():
    yield "locked with a password", ("receipt_locked", UNREADABLE), locked_pdf
    yield "eleven pages", ("receipt_too_many_pages",), lambda: pages_pdf(11)
    yield "ten pages", (READ,), lambda: pages_pdf(10)
    yield (
        "a hundred thousand times one page",
        ("receipt_too_many_pages",),
        lambda: pages_pdf(100_000, same=True),
    )
    yield (
        "no pages",
        (UNREADABLE,),
        lambda: assembled([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]),
    )
    yield "says a billion pages", (), lambda: sound("PDF").replace(b"/Count 1>>", b"/Count 999999999>>")
    yield "says less than no pages", (), lambda: sound("PDF").replace(b"/Count 1>>", b"/Count -1>>")
    yield "pages that hold themselves", (), lambda: sound("PDF").replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")
    yield (
        "a page that is its own parent",
        (),
        lambda: sound("PDF").replace(b"/Parent 2 0 R", b"/Parent 3 0 R"),
    )
    yield (
        "a catalog that is its own pages",
        (),
        lambda: sound("PDF").replace(b"/Pages 2 0 R", b"/Pages 1 0 R"),
    )
    boxes = (
        b"0 0 0 0",
        b"0 0 99999999999 99999999999",
        b"0 0 -5 -5",
        b"0 0 0.0001 0.0001",
        b"0 0 1e38 1",
        b"0 0 nan nan",
    )
    for box in (*boxes, b"0 0 14400 1", b"-9999999 -9999999 9999999 9999999", b"a b c d", b"0 0"):
        yield f"a page of {box.decode()}", (), lambda b=box: pdf(page(b))
    yield "a page measured in miles", (), lambda: pdf(page(extra=b"/UserUnit 1000000"))
    yield "a page turned by 45 degrees", (), lambda: pdf(page(extra=b"/Rotate 45"))
    yield "cross references in a circle", (), lambda: pdf(page(), trailer=b"/Prev 9")
    yield (
        "cross references far behind the end",
        (),
        lambda: sound("PDF").replace(b"startxref\n", b"startxref\n9999"),
    )
    yield "no cross references", (), lambda: sound("PDF")[: sound("PDF").find(b"xref")]
    yield "brackets ten thousand deep", (), lambda: pdf(page(extra=b"/X" + b"[" * 10_000 + b"]" * 10_000))
    yield (
        "dictionaries ten thousand deep",
        (),
        lambda: pdf(page(extra=b"/X" + b"<</X" * 10_000 + b">>" * 10_000)),
    )
    yield "an array of a million numbers", (), lambda: pdf(page(extra=b"/X[" + b"1 " * 1_000_000 + b"]"))
    yield "a drawing of 200 MB of blanks", (), lambda: pdf(page(contents=b"x"), packed_blanks(200))
    yield "a million lines", (), lambda: drawn(b"0 0 m 300 200 l S\n" * 1_000_000)
    yield "states a million deep", (), lambda: drawn(b"q " * 1_000_000)
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</F 5 0 R>>>>"
    yield (
        "a form that draws itself",
        (),
        lambda: drawn(b"/F Do", stream(b"/F Do /F Do", form), resources=b"/XObject<</F 5 0 R>>"),
    )
    yield "forms that multiply", (), multiplying_forms
    huge = b"/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceRGB"
    show = b"300 0 0 200 0 0 cm /I Do"
    image = b"/XObject<</I 5 0 R>>"
    yield (
        "a picture of 60,000 by 60,000",
        (),
        lambda: drawn(show, stream(bytes(10_000_000), huge, packed=True), resources=image),
    )
    masked = huge.replace(b"60000", b"20000") + b"/SMask 5 0 R"
    yield (
        "a picture that masks itself",
        (),
        lambda: drawn(show, stream(bytes(1_000), masked, packed=True), resources=image),
    )
    filters = b"/Subtype/Image/Width 9/Height 9/BitsPerComponent 8/ColorSpace/DeviceGray/Filter[%s]"
    yield (
        "a picture packed fifty times",
        (),
        lambda: drawn(show, stream(noise(99), filters % (b"/FlateDecode" * 50)), resources=image),
    )
    for packing in (
        b"JBIG2Decode",
        b"JPXDecode",
        b"CCITTFaxDecode",
        b"DCTDecode",
        b"LZWDecode",
        b"RunLengthDecode",
    ):
        entries = filters % (b"/" + packing)
        yield (
            f"a picture of noise as {packing.decode()}",
            (),
            lambda e=entries: drawn(show, stream(noise(9_000), e), resources=image),
        )
    pattern = b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 .01 .01]/XStep .01/YStep .01/Resources<<>>"
    fill = b"/Pattern cs /P scn 0 0 300 200 re f"
    yield (
        "a pattern of grains",
        (),
        lambda: drawn(fill, stream(b"0 0 1 1 re f", pattern), resources=b"/Pattern<</P 5 0 R>>"),
    )
    program = b"<</FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]>>"
    shade = b"<</ShadingType 1/ColorSpace/DeviceRGB/Function%s>>" % program
    yield (
        "a shading without its program",
        (),
        lambda: drawn(b"/S sh", shade, resources=b"/Shading<</S 5 0 R>>"),
    )
    font = b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 6 0 R>>"
    font += (
        b"/Encoding<</Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[9]/Resources<</Font<</T 5 0 R>>>>>>"
    )
    write = b"BT /T 9 Tf (aaaa) Tj ET"
    yield (
        "a letter that is written with itself",
        (),
        lambda: drawn(write, font, stream(write), resources=b"/Font<</T 5 0 R>>"),
    )
    yield (
        "objects in a stream that holds itself",
        (),
        lambda: pdf(
            page(extra=b"/X 9 0 R"), stream(b"9 0 <<>>", b"/Type/ObjStm/N 99999999/First 4/Extends 4 0 R")
        ),
    )


def locked_pdf():
    words = b"/Filter/Standard/V 2/R 3/Length 128/P -4/O<%s>/U<%s>" % (b"41" * 32, b"42" * 32)
    identity = b"/ID[<%s><%s>]" % (b"00" * 16, b"00" * 16)
    return pdf(page(), trailer=b"/Encrypt<<%s>>%s" % (words, identity))


def pages_pdf(count, same=False):
    places = [3] * count if same else range(3, count + 3)
    kids = b" ".join(b"%d 0 R" % place for place in places)
    pages = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count)
    return assembled([b"<</Type/Catalog/Pages 2 0 R>>", pages, *[page()] * (1 if same else count)])


def packed_blanks(megabytes):
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()
    return b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(data), data)


def multiplying_forms():
    """Ten forms that each draw the next ten times: ten thousand million rectangles."""
    forms = []
    for place in range(5, 15):
        entries = b"/Type/XObject/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</F %d 0 R>>>>" % (
            place + 1
        )
        forms.append(stream(b"/F Do " * 10, entries))
    last = stream(b"0 0 300 200 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 300 200]")
    return drawn(b"/F Do", *forms, last, resources=b"/XObject<</F 5 0 R>>")


# Honest and odd pictures: all must be made harmless.


def pictures():
    for orientation in (*range(10), 255, 65_535):
        yield (
            f"JPEG turned by {orientation}",
            (READ,),
            lambda o=orientation: saved(drawing(), "JPEG", exif=turned(o)),
        )
    for name, block in {
        "of noise": b"Exif\0\0" + noise(60_000),
        "cut short": b"Exif\0\0" + turned(6).tobytes()[6:20],
        "in a circle": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\x08",
        "of a billion values": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\x7f\xff\xff\xff" + bytes(8),
        "with words for a turn": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x03six\0\0\0\0\0",
        "empty": b"Exif\0\0",
    }.items():
        yield f"JPEG with EXIF {name}", (READ,), lambda b=block: with_exif(b)
    yield "JPEG that tells where it was taken", (READ,), lambda: saved(drawing(), "JPEG", exif=located())
    yield (
        "HEIC that tells where it was taken",
        (READ,),
        lambda: saved(drawing(), "HEIF", exif=located().tobytes()),
    )
    yield "PNG that tells where it was taken", (READ,), lambda: saved(drawing(), "PNG", exif=located())
    for mode in ("L", "CMYK", "YCbCr"):
        yield f"JPEG in {mode}", (READ,), lambda m=mode: saved(drawing(mode=m), "JPEG")
    yield "JPEG in several passes", (READ,), lambda: saved(drawing(), "JPEG", progressive=True)
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16"):
        yield f"PNG in {mode}", (READ,), lambda m=mode: saved(in_mode(m), "PNG")
    yield "PNG with a colour that is clear", (READ,), lambda: saved(drawing(mode="P"), "PNG", transparency=0)
    yield (
        "PNG that moves",
        (READ,),
        lambda: saved(drawing(), "PNG", save_all=True, append_images=[drawing(mode="L")] * 5),
    )
    yield (
        "JPEG of several pictures",
        (READ,),
        lambda: saved(drawing(), "MPO", save_all=True, append_images=[drawing()] * 3),
    )
    yield (
        "HEIC of several pictures",
        (READ,),
        lambda: saved(drawing(), "HEIF", save_all=True, append_images=[drawing()] * 3),
    )
    yield "HEIC with a clear ground", (READ,), lambda: saved(drawing(mode="RGBA"), "HEIF")
    yield "JPEG of a large phone", (READ,), lambda: saved(drawing(8_160, 6_120), "JPEG", quality=30)
    yield "HEIC of a phone", (READ,), lambda: saved(drawing(3_000, 2_000), "HEIF", quality=20)


def turned(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block


def located():
    block = Image.Exif()
    block[0x0112] = 3
    block[0x010F] = "canary camera"
    block.get_ifd(0x8825).update({1: "N", 2: (24.0, 40.0, 12.0), 3: "E", 4: (102.0, 35.0, 44.0)})
    return block


def with_exif(block):
    file = sound("JPEG")
    return file[:2] + b"\xff\xe1" + pack(">H", len(block) + 2) + block + file[2:]


def in_mode(mode):
    return (
        drawing(mode="L").convert("I").point(lambda level: level * 256).convert(mode)
        if mode == "I;16"
        else drawing(mode=mode)
    )


# HEIC is boxes in boxes; each of these has one that lies.


def heic_boxes():
    start = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    yield "nothing but its kind", (UNREADABLE,), lambda: start
    yield (
        "a kind that fills the file",
        (UNREADABLE,),
        lambda: b"\xff\xff\xff\xffftypheic\0\0\0\0" + noise(500),
    )
    yield "a kind of no length", (), lambda: b"\0\0\0\0ftypheic" + sound("HEIF")[8:]
    for length in (0, 1, 7, 2**31, 2**32 - 1):
        yield (
            f"a meta box of {length} bytes",
            (UNREADABLE,),
            lambda n=length: start + pack(">I", n) + b"meta" + noise(900),
        )
    yield "a thousand meta boxes", (UNREADABLE,), lambda: start + b"\0\0\0\x0cmeta\0\0\0\0" * 1_000
    yield "boxes a thousand deep", (UNREADABLE,), lambda: start + nested_boxes(1_000)
    for name in (b"hdlr", b"pitm", b"iloc", b"iinf", b"iprp", b"ipco", b"ispe", b"hvcC", b"ipma", b"mdat"):
        yield f"{name.decode()} of noise", (), lambda n=name: overwritten(n, noise(12))
        yield f"{name.decode()} of ones", (), lambda n=name: overwritten(n, b"\xff" * 12)
    yield (
        "a picture said to be 4,000,000 wide",
        (),
        lambda: overwritten(b"ispe", pack(">III", 0, 4_000_000, 4_000_000)),
    )
    yield (
        "a picture said to be 30,000 wide",
        (),
        lambda: overwritten(b"ispe", pack(">III", 0, 30_000, 30_000)),
    )


def overwritten(box, body):
    file = bytearray(sound("HEIF"))
    at = file.find(box) + 4
    file[at : at + len(body)] = body
    return bytes(file)


def nested_boxes(depth):
    boxes = b""
    for _ in range(depth):
        boxes = pack(">I", len(boxes) + 12) + b"meta\0\0\0\0" + boxes
    return boxes
