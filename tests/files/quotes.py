"""Quotes that hold, that are doubled, that stray, and that are never closed."""

from tests.files.case import bad, good

COLUMNS = ["summary", "note"]


def rows(name, body, *expected, **more):
    return good(name, f"summary,note\n{body}", COLUMNS, [*map(list, expected)], **more)


def three(name, body, *expected, **more):
    return good(name, f"sku,summary,note\n{body}", ["sku", "summary", "note"], [*map(list, expected)], **more)


ESCAPED = "Read with backslashes before quotes"
SPACED = "Spaces after a delimiter are no part of the cells"

CASES = [
    rows("line feed in a cell", '"a kettle\nof steel",x\nlamp,y\n', ("a kettle\nof steel", "x"), ("lamp", "y")),
    rows("CRLF in a cell", '"a kettle\r\nof steel",x\r\nlamp,y\r\n', ("a kettle\r\nof steel", "x"), ("lamp", "y")),
    rows("carriage return in a cell", '"a kettle\rof steel",x\nlamp,y\n', ("a kettle\rof steel", "x"), ("lamp", "y")),
    rows("blank lines in a cell", '"a\n\n\nb",x\n', ("a\n\n\nb", "x")),
    rows("doubled quotes", '"a ""steel"" kettle",x\n', ('a "steel" kettle', "x")),
    rows("a cell of one quote", 'kettle,""""\n', ("kettle", '"')),
    rows("a cell of two quotes", 'kettle,""""""\n', ("kettle", '""')),
    rows("doubled quotes at both ends", '"""kettle""",x\n', ('"kettle"', "x")),
    rows("quoted and empty", '"",x\n"kettle",""\n', ("", "x"), ("kettle", ""), unpriced=[1]),
    rows("the delimiter in quotes", '"kettle, steel","1,5"\n', ("kettle, steel", "1,5")),
    rows("everything at once", '"a, ""b""\r\n;\t|",x\n', ('a, "b"\r\n;\t|', "x")),
    rows("an inch in a plain cell", '55" TV,x\nTV 55",y\n', ('55" TV', "x"), ('TV 55"', "y")),
    rows("quotes within a plain cell", 'a "steel" kettle,x\n', ('a "steel" kettle', "x")),
    rows("a space before a quote", 'kettle, "x"\n', ("kettle", "x"), notice=SPACED),
    rows("apostrophes in cells that quotes hold", '"\'Tis a mug"," blue cup\'"\nlamp,x\n', ("'Tis a mug", " blue cup'"), ("lamp", "x")),
    rows("two inches after a space", 'kettle, "Big" pan 5"\n', ("kettle", ' "Big" pan 5"')),
    rows("a path that ends in a backslash, and inches", '"C:\\img\\",x\nlamp,24"\n', ("C:\\img\\", "x"), ("lamp", '24"')),
    rows("a space before a quote in text", 'kettle, "x" y\n', ("kettle", ' "x" y')),
    rows("a space before quotes, within quotes", '"a, ""b"", c", "d, ""e"""\n', ('a, "b", c', 'd, "e"'), notice=SPACED),
    rows("a quoted cell that begins with a space and a quote", '" ""a"" b",x\n', (' "a" b', "x")),
    rows("many spaces before a quote", "kettle," + " " * 200 + '"x, y"\n', ("kettle", "x, y"), notice=SPACED),
    rows("a space before a quote, far down", "lamp,y\n" * 9000 + 'kettle, "x"\n', *[("lamp", "y")] * 9000, ("kettle", "x"), notice=SPACED),
    three("a space before a line feed in quotes", '1, "kettle\nof steel", 5\n2, "lamp", 6\n', ("1", "kettle\nof steel", "5"), ("2", "lamp", "6"),
          notice=SPACED),
    three("a space before the delimiter in quotes", '1, "kettle, steel"\n2,lamp,6\n', ("1", "kettle, steel", ""), ("2", "lamp", "6"), noted=[1],
          notice=SPACED),
    three("a space before the first cell's quote", ' "1, 2",kettle\n', ("1, 2", "kettle", ""), noted=[1], notice=SPACED),
    three("spaces before quotes and backslashes in them", '1, "5\\", steel", 5\n', ("1", '5", steel', "5"), notice=f"{ESCAPED}.*{SPACED}"),
    good("a space before a header's quotes", 'sku, "summary"\n1, "kettle, steel"\n', ["sku", "summary"], [["1", "kettle, steel"]], notice=SPACED),
    good("a space before quotes, UTF-16", 'sku,summary,n\n1, "kettle, steel", 2\n'.encode("utf-16"), ["sku", "summary", "n"],
         [["1", "kettle, steel", "2"]], notice=f"UTF-16.*{SPACED}"),
    good("a space before quotes of one column", 'summary\n "kettle\nof steel"\nlamp\n', ["summary"], [["kettle\nof steel"], ["lamp"]], notice=SPACED),
    bad("a cut after a space", 'sku,summary,note\n1, "kettle, steel"\n2, "a" lamp,6\n', r"row 1 \(line 2\): a quote after spaces is not closed"),
    bad("a cut after a space far down", "sku,summary,note\n" + "1,a,b\n" * 5000 + '1, "kettle, steel"\n2, "a" lamp,6\n',
        r"row 5001 \(line 5002\): a quote after spaces"),
    three("a backslash before a quote and the delimiter", '"5\\", steel",kettle\n', ('5", steel', "kettle", ""), noted=[1], notice=ESCAPED),
    three("a backslash before a quote and a line feed", '1,kettle,"5\\"\nsteel"\n2,lamp,x\n', ("1", "kettle", '5"\nsteel'), ("2", "lamp", "x"),
          notice=ESCAPED),
    three("backslashes that end cells", '"a\\","b\\","c"\n"d\\",e,"f"\n', ("a\\", "b\\", "c"), ("d\\", "e", "f")),
    bad("a backslash before a quote and a delimiter, and others", 'sku,summary,note\nC:\\new,a,b\n"5\\", steel",x\n',
        r"row 2 \(line 3\): a cell ends with a backslash .* a stray quote follows"),
    three("an inch after a backslash", '"C:\\","12"" pipe",x\n"D:\\",12" pipe,x\n', ("C:\\", '12" pipe', "x"), ("D:\\", '12" pipe', "x")),
    bad("apostrophes that hold a delimiter", "sku,summary,note\n1,'kettle, steel'\n2,lamp,x\n", r"row 1 \(line 2\): apostrophes seem to hold a cell"),
    three("apostrophes that hold none", "'1','kettle','of 5'\n'2,lamp,6'\n", ("'1'", "'kettle'", "'of 5'"), ("'2", "lamp", "6'")),
    good("apostrophes among spaces", "sku, summary, size\n'007, lamp, 6'\n", ["sku", " summary", " size"], [["'007", " lamp", " 6'"]]),
    rows("curly and single quotes are text", "“kettle”,'x'\n", ("“kettle”", "'x'")),
    rows("backslashes are text", 'C:\\new\\kettle,\\N\n"a\\",x\n', ("C:\\new\\kettle", "\\N"), ("a\\", "x")),
    rows("backslashes before quotes", '"a \\"steel\\" kettle","x, \\"y\\""\nlamp,z\n',
         ('a "steel" kettle', 'x, "y"'), ("lamp", "z"), notice=ESCAPED),
    rows("backslashes before quotes and themselves", '"5\\" \\\\ pipe","x"\n', ('5" \\ pipe', "x"), notice=ESCAPED),
    rows("one row with backslashes, others doubled", '"a ""b""",x\n"a \\"b\\" c","y"\n', ('a "b"', "x"), ('a "b" c', "y"), notice=ESCAPED),
    bad("backslashes before quotes and letters", 'summary,note\n"a \\"b\\" C:\\new",x\n', "row 1 .*follows a closing quote"),
    bad("never closed", 'summary,note\nkettle,x\n"lamp,y\npan,z\n', "row 2 .*opened and never closed"),
    bad("never closed in the header", 'summary,"note\nkettle,x\n', "the header .*never closed"),
    bad("never closed in the last cell", 'summary,note\nkettle,x\nlamp,"y', "row 2 .*never closed"),
    bad("text after a closing quote", 'summary,note\n"kettle" steel,x\n', "row 1 .*follows a closing quote"),
    bad("a stray quote in a quoted cell", 'summary,note\nlamp,x\n"a "steel" kettle",x\n', "row 2 .*follows a closing quote"),
    bad("a space after a closing quote", 'summary,note\n"kettle" ,x\n', "row 1 .*follows a closing quote"),
    bad("the row is told after cells of many lines", 'summary,note\n"a\nb\nc",x\n"d" e,y\n', r"row 2 \(line 5\)"),
    good("a line feed in a header", '"summary","two\nlines"\nkettle,x\n', ["summary", "two\nlines"], [["kettle", "x"]]),
]  # fmt: skip
