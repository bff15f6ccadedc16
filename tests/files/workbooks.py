"""Workbooks as spreadsheet programs and other people's code make them, and as nobody should."""

from __future__ import annotations

import datetime
import zipfile

import openpyxl
from openpyxl.utils.datetime import MAC_EPOCH

from tests.files.case import bad as refused
from tests.files.case import good as read


def good(name, content, columns, rows, **more):
    return read(name, content, columns, rows, file="table.xlsx", **more)


def bad(name, content, reason):
    return refused(name, content, reason, file="table.xlsx")


def book(*rows, **others):
    """Writes a workbook: these rows in its first sheet; others by title."""

    def write(path):
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        for title, lines in others.items():
            sheet = made.create_sheet(title)
            for line in lines:
                sheet.append(line)
        made.save(path)

    return write


def edited(edit, *rows):
    """As `book`, after an edit of it."""

    def write(path):
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        edit(made)
        made.save(path)

    return write


def sheet(data, *, size="", shared=None, dates=False):
    """Writes a workbook around the XML of its rows, as other programs than openpyxl would."""
    main, office = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        + (f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/>' if shared else "")
        + (f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>' if dates else "") + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="s" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": data if data.startswith("<!") else f'<worksheet xmlns="{main}">{size}<sheetData>{data}</sheetData></worksheet>',
    }  # fmt: skip
    if shared:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{shared}</sst>'
    if dates:
        parts["xl/styles.xml"] = (
            f'<styleSheet xmlns="{main}"><fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>'
            '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
        )

    def write(path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)

    return write


def text(value, kind="inlineStr"):
    return (
        f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
        if kind == "inlineStr"
        else f'<c t="{kind}"><v>{value}</v></c>'
    )


def row(*cells):
    return f"<row>{''.join(cells)}</row>"


HEAD, KETTLE = row(text("summary"), text("x")), row(text("kettle"), text("1"))
COLUMNS, ROWS = ["summary", "x"], [["kettle", "1"]]
LAUGHS = (
    "<!DOCTYPE w [<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{at} '{f'&a{at - 1};' * 10}'>" for at in range(1, 12))
    + "]>"
)


def merged(made):
    made.active.merge_cells("A2:B2")
    made.active.merge_cells("A3:A4")


def hidden_first(made):
    made.create_sheet("goods").append(["summary", "x"])
    made["goods"].append(["kettle", "1"])
    made.active.sheet_state = "hidden"


def mac(made):
    made.epoch = MAC_EPOCH
    made.active["B2"] = datetime.datetime(2026, 1, 2)


def styled(made):
    made.active["B2"].number_format = "0.00%"
    made.active["C2"].number_format = '"$"#,##0.00'
    made.active["D2"].number_format = "00000"


def with_chart_alone(made):
    made.create_chartsheet("chart", 0)


def far_away(made):
    made.active["A1048576"].number_format = "0.00"


def empty_to_the_end(made):
    for at in range(3, 50):
        made.active.cell(at, 1).number_format = "0.00"


def bomb(path):
    """Rows that unpack to 2,000 times their size."""
    sheet(HEAD + "<row/>" * 11_500_000)(path)


def bomb_of_texts(path):
    sheet(HEAD + KETTLE, shared="<si><t>" + "a" * 68_000_000 + "</t></si>")(path)


CASES = [
    good("texts, numbers, truths and nothing", book(["summary", "n", "f", "b", "e"], ["kettle", 3, 1.5, True, None], ["lamp", -7, 1e300, False, "x"]),
         ["summary", "n", "f", "b", "e"], [["kettle", "3", "1.5", "True", ""], ["lamp", "-7", "1e+300", "False", "x"]]),
    good("texts that look like numbers", book(["summary", "code"], ["007", "12345678901234567890"], ["NA", "1,234"]), ["summary", "code"],
         [["007", "12345678901234567890"], ["NA", "1,234"]]),
    good("dates and times", book(["summary", "d", "t", "u"], ["kettle", datetime.datetime(2026, 1, 2), datetime.time(3, 4, 5), datetime.datetime(1999, 12, 31, 23, 59, 58)]),
         ["summary", "d", "t", "u"], [["kettle", "2026-01-02T00:00:00", "03:04:05", "1999-12-31T23:59:58"]]),
    good("dates counted from 1904", edited(mac, ["summary", "d"], ["kettle"]), ["summary", "d"], [["kettle", "2026-01-02T00:00:00"]]),
    good("a number too large for a date", sheet(HEAD + row(text("kettle"), '<c s="1"><v>99999999</v></c>'), dates=True), COLUMNS, [["kettle", "99999999"]]),
    good("a date by its number", sheet(HEAD + row(text("kettle"), '<c s="1"><v>46024</v></c>'), dates=True), COLUMNS, [["kettle", "2026-01-02T00:00:00"]]),
    good("percents, dollars and leading zeros by their values", edited(styled, ["summary", "p", "d", "z"], ["kettle", 0.25, 1234.5, 7]), ["summary", "p", "d", "z"],
         [["kettle", "0.25", "1234.5", "7"]]),
    good("formulas never computed", book(["summary", "x"], ["kettle", "=1+1"], ["=UPPER(A2)", 2], ["lamp", 3]), COLUMNS,
         [["kettle", ""], ["", "2"], ["lamp", "3"]], noted=[1], unpriced=[2], notice="2 formulas were never computed, the first in row 1"),
    good("formulas computed", sheet(HEAD + row('<c t="str"><f>LOWER("KETTLE")</f><v>kettle</v></c>', "<c><f>1+1</f><v>2</v></c>")), COLUMNS, [["kettle", "2"]]),
    good("a formula computed to nothing", sheet(HEAD + row(text("kettle"), '<c t="str"><f>""</f><v></v></c>')), COLUMNS, [["kettle", ""]]),
    good("a formula that went wrong", sheet(HEAD + row(text("kettle"), '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>')), COLUMNS, [["kettle", "#DIV/0!"]]),
    good("error cells", sheet(HEAD + row(text("#N/A", "e"), text("#REF!", "e"))), COLUMNS, [["#N/A", "#REF!"]]),
    good("truths and texts by their types", sheet(HEAD + row(text("kettle", "str"), text(1, "b"))), COLUMNS, [["kettle", "True"]]),
    good("integers of many digits", sheet(HEAD + row(text("kettle"), "<c><v>12345678901234567890</v></c>")), COLUMNS, [["kettle", "12345678901234567890"]]),
    good("texts that cells share", sheet(row('<c t="s"><v>0</v></c>', '<c t="s"><v>1</v></c>') + row('<c t="s"><v>2</v></c>', '<c t="s"><v>2</v></c>'),
         shared="<si><t>summary</t></si><si><t>x</t></si><si><r><t>ket</t></r><r><t xml:space='preserve'>tle </t></r></si>"), COLUMNS, [["kettle ", "kettle "]]),
    good("merged cells", edited(merged, ["summary", "x"], ["kettle", None], ["lamp", "2"], [None, "3"]), COLUMNS, [["kettle", ""], ["lamp", "2"], ["", "3"]], unpriced=[3]),
    good("empty rows between", book(["summary", "x"], ["kettle", 1], [], [], ["lamp", 2]), COLUMNS, [["kettle", "1"], ["", ""], ["", ""], ["lamp", "2"]], unpriced=[2, 3]),
    good("empty rows at the end", edited(empty_to_the_end, ["summary", "x"], ["kettle", "1"]), COLUMNS, ROWS),
    good("an empty row at the very end of what a sheet has", edited(far_away, ["summary", "x"], ["kettle", "1"]), COLUMNS, ROWS),
    good("empty rows above", book([], [], ["summary", "x"], ["kettle", "1"]), COLUMNS, ROWS),
    good("an empty column before", book([None, "summary"], [None, "kettle"]), ["", "summary"], [["", "kettle"]]),
    good("numbers and dates as names", book(["summary", 2025, datetime.datetime(2026, 1, 1)], ["kettle", 1, 2]), ["summary", "2025", "2026-01-01T00:00:00"], [["kettle", "1", "2"]]),
    good("several sheets", book(["summary", "x"], ["kettle", "1"], other=[["a"], ["b"]]), COLUMNS, ROWS, notice="Read the sheet 'Sheet', one of 2"),
    good("an empty sheet first", book(goods=[["summary", "x"], ["kettle", "1"]]), COLUMNS, ROWS, notice="Read the sheet 'goods', one of 2"),
    good("a hidden sheet first", edited(hidden_first, ["secret"], ["1"]), COLUMNS, ROWS, notice="Read the sheet 'goods', one of 2"),
    good("a chart first", edited(with_chart_alone, ["summary", "x"], ["kettle", "1"]), COLUMNS, ROWS),
    good("line ends, tabs and spaces in cells", book(["summary", "x"], ["ket\ntle\t ", "  1"]), COLUMNS, [["ket\ntle\t ", "  1"]]),
    good("a carriage return in a cell", sheet(HEAD + row(text("ket&#13;&#10;tle"), text("1"))), COLUMNS, [["ket\r\ntle", "1"]]),
    good("a formula as text", sheet(HEAD + row(text("=1+1"), text("@x"))), COLUMNS, [["=1+1", "@x"]]),
    good("a wrong size in the sheet", sheet(HEAD + KETTLE * 3, size='<dimension ref="A1:A1"/>'), COLUMNS, ROWS * 3),
    good("header only", book(["summary", "x"]), COLUMNS, []),
    good("rows without numbers, cells without names", sheet(HEAD + KETTLE), COLUMNS, ROWS),
    bad("no cells", book(), "no sheet with cells"),
    bad("a row wider than the header", book(["summary", "x"], ["kettle", 1], ["lamp", 2, 3]), "row 2: found a cell in column 3, but the header has 2"),
    bad("a title above", book(["The catalogue"], [], ["sku", "summary"], ["1", "kettle"]), "row 2: found a cell in column 2"),
    bad("a row twice", sheet('<row r="1"><c t="str"><v>summary</v></c></row>' + '<row r="2"><c t="str"><v>a</v></c></row>' * 2), "sheet row 2 follows row 2"),
    bad("rows out of order", sheet('<row r="1"><c t="str"><v>summary</v></c></row><row r="3"/><row r="2"><c t="str"><v>a</v></c></row>'), "sheet row 2 follows row 3"),
    bad("a row beyond all", sheet(HEAD + '<row r="2000000000"><c><v>1</v></c></row>'), "sheet row 2,000,000,000 follows"),
    bad("a cell twice", sheet('<row r="1"><c r="A1" t="str"><v>summary</v></c><c r="A1" t="str"><v>a</v></c></row>'), "cell in column 1 after column 1"),
    bad("a text that is not shared", sheet(row('<c t="s"><v>7</v></c>'), shared="<si><t>a</t></si>"), "no workbook that can be read"),
    bad("a number that is none", sheet(HEAD + row("<c><v>seven</v></c>")), "no workbook that can be read"),
    bad("XML that breaks off", sheet(HEAD + "<row><c>"), "no workbook that can be read"),
    bad("entities that grow", sheet(LAUGHS + '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="str"><v>&a11;</v></c></row></sheetData></worksheet>'),
        "no workbook that can be read"),
    bad("a bomb of rows", bomb, "unpacks to more than 250 times"),
    bad("a bomb of texts", bomb_of_texts, "unpacks to more than 250 times"),
    bad("cut in the middle", lambda path: (book(["summary"], ["a"])(path), path.write_bytes(path.read_bytes()[:3000])), "damaged workbook"),
]  # fmt: skip
