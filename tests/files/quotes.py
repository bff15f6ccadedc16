"""Quotes that hold, that are doubled, that stray, and that are never closed."""

from tests.files.case import bad, good

COLUMNS = ["summary", "note"]


def rows(name, body, *expected, **more):
    return good(name, f"summary,note\n{body}", COLUMNS, [*map(list, expected)], **more)


ESCAPED = "Read with backslashes before quotes"

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
    rows("a space before a quote", 'kettle, "x"\n', ("kettle", ' "x"')),
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
