"""Where rows end, and what only looks like an end."""

from tests.files.case import bad, good

COLUMNS, ROWS = ["sku", "summary"], [["1", "kettle"], ["2", "lamp"]]
BLANK = "blank lines are no rows"


def ended(end):
    return end.join(["sku,summary", "1,kettle", "2,lamp"])


CASES = [
    good("LF", ended("\n") + "\n", COLUMNS, ROWS),
    good("CRLF", ended("\r\n") + "\r\n", COLUMNS, ROWS),
    good("CR", ended("\r") + "\r", COLUMNS, ROWS),
    good("no end after the last row", ended("\n"), COLUMNS, ROWS),
    good("no end after the last row, CRLF", ended("\r\n"), COLUMNS, ROWS),
    good("all three mixed", "sku,summary\r\n1,kettle\r2,lamp\n3,pan\r\n", COLUMNS, [*ROWS, ["3", "pan"]]),
    good("a first line of its own end", "sku,summary\n1,kettle\r\n2,lamp\r\n", COLUMNS, ROWS),
    good("blank lines at the end", ended("\n") + "\n\n\n", COLUMNS, ROWS, notice=f"2 {BLANK}"),
    good("blank lines between", "sku,summary\n\n1,kettle\n\n\n2,lamp\n", COLUMNS, ROWS, notice=f"3 {BLANK}"),
    good("blank lines above", "\n\r\nsku,summary\n1,kettle\n2,lamp\n", COLUMNS, ROWS),
    good("blank CRLF lines between", "sku,summary\r\n1,kettle\r\n\r\n2,lamp\r\n", COLUMNS, ROWS, notice=f"1 {BLANK}"),
    good("blank lines of one column are cells", "summary\nkettle\n\nlamp\n", ["summary"], [["kettle"], [""], ["lamp"]], unpriced=[2]),
    good("a line of spaces is a short row", "sku,summary\n1,kettle\n  \n", COLUMNS, [["1", "kettle"], ["  ", ""]], unpriced=[2],
         notice="1 rows have fewer cells"),
    good("lines of delimiters are rows", "sku,summary\n,\n1,kettle\n,\n", COLUMNS, [["", ""], ["1", "kettle"], ["", ""]], unpriced=[1, 3]),
    good("LF and CR swapped", "sku,summary\n\r1,kettle\n\r2,lamp\n\r", COLUMNS, ROWS, notice=f"3 {BLANK}"),
    good("CR CR LF", ended("\r\r\n") + "\r\r\n", COLUMNS, ROWS, notice=f"3 {BLANK}"),
    good("CR CR LF, one column", "summary\r\r\nkettle\r\r\nlamp\r\r\n", ["summary"], [["kettle"], ["lamp"]]),
    good("CR CR LF, one column, no end", "summary\r\r\nkettle\r\r\nlamp", ["summary"], [["kettle"], ["lamp"]]),
    good("CR CR LF, one column, blank rows", "\r\r\nsummary\r\r\n\r\r\nkettle\r\r\n\r\r\n", ["summary"], [[""], ["kettle"], [""]], unpriced=[1, 3]),
    good("CR CR LF, one column, within quotes", 'summary\r\r\n"ket\r\r\ntle"\r\r\nlamp\r\r\n', ["summary"], [["ket\r\r\ntle"], ["lamp"]]),
    good("CR CR LF within quotes alone", 'description\n"a\r\r\nb"\nc\n', ["description"], [["a\r\r\nb"], ["c"]]),
    good("CR CR LF, one column, UTF-16", "summary\r\r\nkettle\r\r\nlamp\r\r\n".encode("utf-16"), ["summary"], [["kettle"], ["lamp"]], notice="UTF-16"),
    good("CR CR LF, one column, many rows", "summary\r\r\n" + "kettle\r\r\n" * 5000, ["summary"], [["kettle"]] * 5000),
    good("CR CR LF, one column, header only", "summary\r\r\n", ["summary"], []),
    bad("CR CR LF in one column, a stray quote", 'summary\r\r\nkettle\r\r\n"lamp" x\r\r\n', "row 2 .*text follows"),
    bad("CR CR LF in one column, a cut cell", 'summary\r\r\nkettle\r\r\n "lamp\r\r\n', "row 2 .line 5.: a quote after spaces"),
    bad("CR CR LF at some lines of one column", "summary\r\nkettle\r\r\nlamp\r\n", r"line 2: it ends with .r.r.n and other lines do not"),
    bad("CR CR LF at all lines of one column but one", "summary\r\r\nkettle\r\r\nlamp\n", "line 1: it ends with"),
    bad("CR CR CR LF in one column", "summary\r\r\r\nkettle\r\r\r\n", "line 2: it ends with"),
    good("blank CRLF lines of one column are cells", "summary\r\nkettle\r\n\r\nlamp\r\n", ["summary"], [["kettle"], [""], ["lamp"]], unpriced=[2]),
    *(
        good(f"U+{ord(mark):04X} is no end", f"sku,summary\n1,ket{mark}tle\n2,lamp\n", COLUMNS, [["1", f"ket{mark}tle"], ["2", "lamp"]])
        for mark in "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
    ),
]  # fmt: skip
