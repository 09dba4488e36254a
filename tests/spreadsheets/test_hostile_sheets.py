import zlib
from io import BytesIO
from random import Random
from struct import pack, unpack_from
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from portal.domain.errors import Refusal
from portal.domain.sheets import (
    Row,
    SheetBroken,
    SheetHasFormulas,
    SheetHasLinks,
    SheetHasMacros,
    SheetKindNotTaken,
    SheetLocked,
    SheetTooHeavy,
    SheetTooLong,
    SheetTooWide,
)
from portal.spreadsheets.reading import open_sheet
from tests.spreadsheets.workbook_parts import HEAD, MAIN, parts, row, sheet_xml, workbook, zipped

SOUND = workbook(row(1, "姓名", "村") + row(2, "张三", "大营"))


def read(file):
    return list(open_sheet(BytesIO(file)).rows)


def long_sheet(rows):
    """A sheet of many short rows, written without holding it."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts(**{"xl/worksheets/sheet1.xml": None}).items():
            archive.writestr(name, content)
        head, tail = sheet_xml("|").split("|")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(head.encode())
            for start in range(0, rows, 1_000):
                numbers = range(start + 1, min(start + 1_000, rows) + 1)
                sheet.write("".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in numbers).encode())
            sheet.write(tail.encode())
    return file.getvalue()


def bomb(size):
    """A sheet that unpacks to ``size`` bytes of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    blank = b" " * 1_000_000
    head, tail = (half.encode() for half in sheet_xml("|").split("|"))
    crc = zlib.crc32(head)
    packed = packer.compress(head)
    for _ in range(size // len(blank)):
        packed += packer.compress(blank)
        crc = zlib.crc32(blank, crc)
    packed += packer.compress(tail) + packer.flush()
    crc = zlib.crc32(tail, crc)
    unpacked = len(head) + size // len(blank) * len(blank) + len(tail)
    return packed, unpacked, crc


def with_raw_part(name, packed, unpacked, crc):
    """A workbook with one part put in as it is, its directory saying what the caller likes."""
    whole = zipped(parts(**{name: None}))
    end = whole.rfind(b"PK\x05\x06")
    count, size, start = unpack_from("<HII", whole, end + 10)
    path = name.encode()
    fields = pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(packed), unpacked, len(path), 0)
    local = b"PK\x03\x04" + fields + path
    entry = b"PK\x01\x02" + pack("<H", 20) + fields + pack("<HHHII", 0, 0, 0, 0, start) + path
    directory = whole[start : start + size] + entry
    where = len(directory), start + len(local) + len(packed)
    tail = b"PK\x05\x06" + pack("<HHHHIIH", 0, 0, count + 1, count + 1, *where, 0)
    return whole[:start] + local + packed + directory + tail


def test_a_sound_workbook_passes():
    assert read(SOUND) == [Row(1, ["姓名", "村"]), Row(2, ["张三", "大营"])]


def test_a_zip_bomb_is_refused_by_its_directory():
    packed, unpacked, crc = bomb(60_000_000)

    with pytest.raises(SheetTooHeavy):
        read(with_raw_part("xl/worksheets/sheet1.xml", packed, unpacked, crc))


def test_a_zip_that_says_it_unpacks_to_a_gigabyte_is_believed():
    packed, _, crc = bomb(1_000_000)

    with pytest.raises(SheetTooHeavy):
        read(with_raw_part("xl/worksheets/sheet1.xml", packed, 1 << 30, crc))


def test_a_zip_bomb_whose_directory_lies_costs_only_the_child():
    packed, _, crc = bomb(200_000_000)

    with pytest.raises((SheetBroken, SheetTooHeavy)):
        read(with_raw_part("xl/worksheets/sheet1.xml", packed, 5_000, crc))


def test_shared_strings_that_fill_memory_cost_only_the_child():
    strings = f'{HEAD}<sst xmlns="{MAIN}">' + "<si><t>" + "长" * 20_000_000 + "</t></si>" + "</sst>"

    with pytest.raises((SheetBroken, SheetTooHeavy)):
        read(workbook(row(1, "姓名"), **{"xl/sharedStrings.xml": strings * 3}))


def test_entities_that_multiply_are_not_followed():
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    book = parts()["xl/workbook.xml"].replace(HEAD, f"{HEAD}{laughs}]>").replace("甲", "&j;")

    with pytest.raises(SheetBroken):
        read(workbook(**{"xl/workbook.xml": book}))


def test_entities_in_the_sheet_are_not_followed_either():
    data = sheet_xml(row(1, "&b;")).replace(HEAD, f'{HEAD}<!DOCTYPE l [<!ENTITY b "ha">]>')

    with pytest.raises(SheetBroken):
        read(workbook(**{"xl/worksheets/sheet1.xml": data}))


def test_a_cell_in_the_last_corner_costs_only_the_child():
    corner = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    with pytest.raises((SheetBroken, SheetTooHeavy, SheetTooWide)):
        read(workbook(corner))


def test_a_row_of_thousands_of_columns_is_refused():
    with pytest.raises(SheetTooWide):
        read(workbook('<row r="1"><c r="A1"><v>1</v></c><c r="NTP1"><v>1</v></c></row>'))


def test_a_workbook_over_two_hundred_thousand_rows_is_refused_with_the_limit():
    with pytest.raises(SheetTooLong) as refused:
        read(long_sheet(200_001))

    assert refused.value.facts == {"limit": 200_000}


def test_thousands_of_formulas_are_refused_as_a_whole():
    cells = "".join(f'<row r="{n}"><c r="A{n}"><f>1</f><v>1</v></c></row>' for n in range(1, 1_200))

    with pytest.raises(SheetHasFormulas):
        read(workbook(cells))


def test_a_formula_outside_any_cell_is_refused():
    with pytest.raises(SheetHasFormulas):
        read(workbook('<row r="1"><c><f>1+1</f><v>2</v></c></row>'))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_formulas_cannot_hide_in_another_encoding(encoding):
    formula = sheet_xml('<row r="1"><c r="A1" t="str"><f>1+1</f><v>2</v></c></row>').replace(
        "UTF-8", encoding
    )
    file = workbook(**{"xl/worksheets/sheet1.xml": formula.encode(encoding)})

    try:
        found = read(file)
    except Refusal:
        return
    assert found == []


@pytest.mark.parametrize(
    ("part", "refusal"),
    [
        ("xl/vbaProject.bin", SheetHasMacros),
        ("XL/VBAPROJECT.BIN", SheetHasMacros),
        ("xl/macrosheets/sheet1.xml", SheetHasMacros),
        ("xl/externalLinks/externalLink1.xml", SheetHasLinks),
    ],
)
def test_programs_and_links_to_other_files_are_refused(part, refusal):
    with pytest.raises(refusal):
        read(workbook(row(1, "姓名"), **{part: "x"}))


def test_thousands_of_parts_are_refused():
    with pytest.raises(SheetTooHeavy):
        read(workbook(row(1, "姓名"), **{f"xl/media/{n}.xml": "x" for n in range(2_100)}))


def test_a_workbook_behind_a_password_is_refused_as_such():
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 700 + "EncryptedPackage".encode("utf-16-le")

    with pytest.raises(SheetLocked):
        read(locked)


def test_a_part_marked_as_encrypted_is_refused():
    marked = bytearray(SOUND)
    at = marked.find(b"PK\x01\x02")
    while at >= 0:
        marked[at + 8] |= 1
        at = marked.find(b"PK\x01\x02", at + 1)

    with pytest.raises(SheetBroken):
        read(bytes(marked))


def test_a_sheet_that_points_outside_the_workbook_is_not_followed():
    relations = parts()["xl/_rels/workbook.xml.rels"].replace(
        "worksheets/sheet1.xml", "../../../../etc/passwd"
    )

    with pytest.raises(Refusal):
        read(workbook(**{"xl/_rels/workbook.xml.rels": relations}))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize("text", [None, "", "<", "no xml", HEAD, "\0" * 100, "<a>" * 100_000])
def test_a_part_that_is_missing_or_no_xml_makes_the_workbook_broken_or_empty(part, text):
    try:
        found = read(workbook(**{part: text}))
    except Refusal:
        return
    assert found == []


@pytest.mark.parametrize("length", range(4, len(SOUND), len(SOUND) // 12))
def test_a_workbook_cut_short_is_refused(length):
    with pytest.raises((SheetBroken, SheetKindNotTaken)):
        read(SOUND[:length])


@pytest.mark.parametrize("seed", range(25))
def test_a_workbook_with_flipped_bits_is_read_or_refused(seed):
    random = Random(seed)
    damaged = bytearray(SOUND)
    for _ in range(random.randrange(1, 6)):
        damaged[random.randrange(4, len(damaged))] ^= 1 << random.randrange(8)

    try:
        found = read(bytes(damaged))
    except Refusal:
        return
    assert all(isinstance(row, Row) for row in found)


def test_a_huge_upload_is_refused_before_it_is_opened():
    with pytest.raises(SheetTooHeavy):
        read(SOUND + b"\0" * 51 * 1024 * 1024)
