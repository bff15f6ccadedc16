"""What stands between cells: the usual, the unusual, and two at once."""

from tests.files.case import bad, good

COLUMNS = ["sku", "summary", "note"]


def lines(delimiter, *rows, end="\n"):
    return "".join(delimiter.join(row) + end for row in rows)


def said(name):
    return f"Read as separated by {name}"


PLAIN = [["1", "kettle", "x"], ["2", "lamp", ""]]
QUOTED = [[f'"{cell}"' for cell in row] for row in [COLUMNS, *PLAIN]]

CASES = [
    good("comma", lines(",", COLUMNS, *PLAIN), COLUMNS, PLAIN),
    good("semicolon", lines(";", COLUMNS, *PLAIN), COLUMNS, PLAIN, notice=said("semicolon")),
    good("tab", lines("\t", COLUMNS, *PLAIN), COLUMNS, PLAIN, notice=said("tab")),
    good("bar", lines("|", COLUMNS, *PLAIN), COLUMNS, PLAIN, notice=said("bar")),
    good("comma, all quoted", lines(",", *QUOTED), COLUMNS, PLAIN),
    good("semicolon, all quoted", lines(";", *QUOTED), COLUMNS, PLAIN, notice=said("semicolon")),
    good("tab, all quoted", lines("\t", *QUOTED), COLUMNS, PLAIN, notice=said("tab")),
    good("space, all quoted", lines(" ", *QUOTED), COLUMNS, PLAIN, notice=said("space")),
    good("colon, all quoted", lines(":", *QUOTED), COLUMNS, PLAIN, notice=said("colon")),
    good("tilde, all quoted", lines("~", *QUOTED), COLUMNS, PLAIN, notice=said("'~'")),
    good("comma and space, all quoted", lines(", ", *QUOTED), COLUMNS, PLAIN, notice="Spaces after a delimiter"),
    good("two tabs, all quoted: empty columns", lines("\t\t", *QUOTED), ["sku", "", "summary", "", "note"],
         [["1", "", "kettle", "", "x"], ["2", "", "lamp", "", ""]], notice=said("tab")),
    bad("two colons, all quoted", lines("::", *QUOTED), "the header: found '::' between column names"),
    good("single quotes", "'sku','summary'\n'1','kettle, steel'\n'2','cook''s knife'\n", ["sku", "summary"],
         [["1", "kettle, steel"], ["2", "cook's knife"]], notice="single quotes"),
    good("an apostrophe first is no quote", "'s,summary\n1,kettle\n", ["'s", "summary"], [["1", "kettle"]]),
    good("decimal commas between semicolons", "summary;price\nkettle;19,90\nlamp, brass;1.234,50\n", ["summary", "price"],
         [["kettle", "19,90"], ["lamp, brass", "1.234,50"]], notice=said("semicolon")),
    good("commas between tabs", "summary\tnote\na, b, c\td, e\n", ["summary", "note"], [["a, b, c", "d, e"]], notice=said("tab")),
    good("commas and semicolons between bars", "summary|note\na, b; c|d;e\n", ["summary", "note"], [["a, b; c", "d;e"]], notice=said("bar")),
    good("Excel's own hint", "sep=;\nsku;summary\n1;kettle, steel\n", ["sku", "summary"], [["1", "kettle, steel"]], notice="first line says"),
    good("Excel's own hint, CRLF, odd delimiter", "SEP=^\r\nsku^summary\r\n1^kettle\r\n", ["sku", "summary"], [["1", "kettle"]],
         notice="first line says"),
    good("Excel's own hint in quotes", '"sep=;"\nsku;summary\n1;kettle, steel\n', ["sku", "summary"], [["1", "kettle, steel"]], notice="first line says"),
    bad("Excel's own hint, a stray quote", 'sep=;\nsku;summary\n1;"kettle" x\n', r"row 1 \(line 3\): text follows"),
    bad("Excel's hint of nothing", "sep=\r\nsku,summary,note\r\n1,kettle,x\r\n2,lamp,y\r\n", "the header: found 1 cell, but most rows have 3"),
    good("commas in a .tsv", "sku,x\tsummary\n1,2\tkettle, steel\n", ["sku,x", "summary"], [["1,2", "kettle, steel"]], file="t.tsv"),
    good("a .tsv without tabs is one column", "summary\na, b\n", ["summary"], [["a, b"]], file="t.tsv"),
    good("one column of prose", "description\na kettle, steel\na lamp; brass, 40 W\n", ["description"],
         [["a kettle, steel"], ["a lamp; brass, 40 W"]]),
    good("one column of an odd name", "what\na kettle, steel\na lamp\n", ["what"], [["a kettle, steel"], ["a lamp"]],
         notice="Read as one column; the first line is taken for its name, 'what'"),
    good("one column without a name", "Steel kettle 1.7 l\nBrass lamp 40 W\nFrying pan\n", ["Steel kettle 1.7 l"], [["Brass lamp 40 W"], ["Frying pan"]],
         notice="taken for its name, 'Steel kettle 1.7 l'"),
    good("one column of a long name", "kettle " * 99 + "\nlamp\n", ["kettle " * 99], [["lamp"]], notice=r"its name, '[a-z ]{60}…'"),
    good("one column, its name of two words", "product description\na steel kettle\na lamp\n", ["product description"], [["a steel kettle"], ["a lamp"]],
         notice="its name, 'product description'"),
    good("commas in names by semicolons", "title;Preis, netto;Preis, brutto\nLampe;12,50;14,88\n", ["title", "Preis, netto", "Preis, brutto"],
         [["Lampe", "12,50", "14,88"]], notice=said("semicolon")),
    good("commas in the first name by semicolons", "Preis, netto;title\n12,50;Lampe\n", ["Preis, netto", "title"], [["12,50", "Lampe"]],
         notice=said("semicolon")),
    good("more commas than semicolons", "summary;size (L,W,H)\nlamp;10,20,30\n", ["summary", "size (L,W,H)"], [["lamp", "10,20,30"]],
         notice=said("semicolon")),
    good("bars in cells by commas", "title,color|size|fit\nlamp,red|L|x\n", ["title", "color|size|fit"], [["lamp", "red|L|x"]]),
    *(
        good(f"one column named {called}", f"{called}\n" + "".join(f"{cell}\n" for cell in cells), [called.strip('"')], [[cell.strip('"')] for cell in cells],
             notice="Read as one column")
        for called, cells in (
            ("Description (HTML)", ["Lamp (brass)"]), ("Title [en]", ["Lamp [brass]"]), ("product-title", ["T-shirt", "Pan"]), ("og:title", ["Lamp: brass", "Pan"]),
            ("Title/Description", ["Lamp 1/2", "Pan"]), ('"Body - description"', ['"T-shirt"']), ('"SEO title: en"', ['"Lamp: brass"']),
            ("Product title", ["Steel kettle", "Brass lamp", "Frying pan", "Table fan", "Desk chair", "Wall clock"]),
            ('"Product title"', [f'"Lamp {at}"' for at in range(6)]),
        )
    ),
    good("one column of texts with commas and bars", "Name\nKettle, steel, 1.7 l\nLamp, brass, 40 W\n", ["Name"], [["Kettle, steel, 1.7 l"], ["Lamp, brass, 40 W"]],
         notice="Read as one column"),
    good("one column, all of two words", "product description\nsteel kettle\nbrass lamp\n", ["product description"], [["steel kettle"], ["brass lamp"]],
         notice="its name, 'product description'"),
    good("one column, its name with a dash", "product-title\nkettle\nlamp-brass\npan\n", ["product-title"], [["kettle"], ["lamp-brass"], ["pan"]],
         notice="its name, 'product-title'"),
    good("one column, its name with a colon at its end", "Summary:\nkettle: steel\n", ["Summary:"], [["kettle: steel"]], notice="its name, 'Summary:'"),
    *(
        bad(f"separated by {called}", lines(separator, ["sku", "summary"], *([str(at), "kettle"] for at in range(5))),
            f"the header: found {called} between column names.*expected comma, semicolon, tab, bar")
        for separator, called in (("^", r"'\^'"), (":", "colon"), ("::", "'::'"), ("\x01", r"'\\x01'"), (" ", "space"), (" - ", "'-'"), ("~", "'~'"))
    ),
    bad("JSON lines as .csv", '{"summary": "kettle"}\n{"summary": "lamp"}\n', "between column names"),
    good("commas only in a .tsv", "sku,summary\n1,kettle\n", ["sku", "summary"], [["1", "kettle"]], file="t.tsv", notice=said("comma")),
    good("semicolons only in a .tsv", "sku;summary\n1;kettle\n", ["sku", "summary"], [["1", "kettle"]], file="t.tsv", notice=said("semicolon")),
    bad("a title above a .tsv", "May\nsku\tsummary\n1\tkettle\n", "row 1: found 2 cells, but the header has 1", file="t.tsv"),
    good("one column with a unit separator", "summary\nkettle\x1fsteel\n", ["summary"], [["kettle\x1fsteel"]]),
    good("space between unquoted words is no delimiter", "id summary\n1 steel kettle\n", ["id summary"], [["1 steel kettle"]], notice="one column"),
    bad("header by semicolons, rows by commas", "sku;summary;note\n1,kettle,x\n2,lamp,y\n", "row 1: separated by comma, but the header by semicolon"),
    bad("header by commas, rows by semicolons", "sku,summary,note\n1;kettle;x\n", "row 1: separated by semicolon, but the header by comma"),
    good("one row by another delimiter", lines(",", COLUMNS, *PLAIN, ["3;pan;z"], ["4", "pan", "z"]), COLUMNS,
         [*PLAIN, ["3;pan;z", "", ""], ["4", "pan", "z"]], unpriced=[3], notice="1 rows have fewer cells"),
    good("a delimiter at each line's end", "sku,summary,\n1,kettle,\n2,lamp,\n", ["sku", "summary", ""], [["1", "kettle", ""], ["2", "lamp", ""]]),
    good("spaces around delimiters belong to the cells", "sku , summary\n 1 , kettle \n", ["sku ", " summary"], [[" 1 ", " kettle "]]),
    good("U+2028 in the first rows does not cut them", "sku,summary\n1,kettle\u2028steel\n2,lamp\n", ["sku", "summary"],
         [["1", "kettle\u2028steel"], ["2", "lamp"]]),
]  # fmt: skip
