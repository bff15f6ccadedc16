"""Rows of other widths than the header, and lines that are no rows of the table."""

from tests.files.case import bad, good

COLUMNS = ["sku", "summary", "note"]
TITLED = "the header: found 1 cell, but most rows have"
SHORT = "rows have fewer cells than the header"

CASES = [
    good("a short row", "sku,summary,note\n1,kettle\n2,lamp,y\n", COLUMNS, [["1", "kettle", ""], ["2", "lamp", "y"]], noted=[1], notice=f"1 {SHORT}"),
    good("a short row without a text", "sku,summary,note\n1\n2,lamp,y\n", COLUMNS, [["1", "", ""], ["2", "lamp", "y"]], unpriced=[1], notice=f"1 {SHORT}"),
    good("only short rows", "sku,summary,note\n1,kettle\n2,lamp\n", COLUMNS, [["1", "kettle", ""], ["2", "lamp", ""]], noted=[1, 2], notice=f"2 {SHORT}"),
    good("a short last row without an end", "sku,summary,note\n1,kettle,x\n2,la", COLUMNS, [["1", "kettle", "x"], ["2", "la", ""]], noted=[2], notice=f"1 {SHORT}"),
    good("a short row of one quoted nothing", 'sku,summary,note\n""\n2,lamp,y\n', COLUMNS, [["", "", ""], ["2", "lamp", "y"]], unpriced=[1], notice=f"1 {SHORT}"),
    good("a footnote", "sku,summary,note\n1,kettle,x\nSource: the shop\n", COLUMNS, [["1", "kettle", "x"], ["Source: the shop", "", ""]], unpriced=[2],
         notice=f"1 {SHORT}"),
    good("a second, narrower table", "sku,summary,note\n1,kettle,x\n\ncode,words\n9,pan\n", COLUMNS,
         [["1", "kettle", "x"], ["code", "words", ""], ["9", "pan", ""]], noted=[2, 3], notice=SHORT),
    good("a header of two lines", "sku,summary,note\n,,(any)\n1,kettle,x\n", COLUMNS, [["", "", "(any)"], ["1", "kettle", "x"]], unpriced=[1]),
    good("a repeated header is a row", "sku,summary,note\n1,kettle,x\nsku,summary,note\n", COLUMNS, [["1", "kettle", "x"], COLUMNS]),
    bad("a long row", "sku,summary,note\n1,kettle,x\n2,lamp,y,z\n", "row 2: found 4 cells, but the header has 3"),
    bad("a long row of an empty cell", "sku,summary,note\n1,kettle,x,\n", "row 1: found 4 cells, but the header has 3"),
    bad("a long row after blank lines", "sku,summary,note\n\n1,kettle,x\n\n\n2,lamp,y,z\n", "row 2: found 4 cells"),
    bad("a long row after cells of many lines", 'sku,summary,note\n1,"ket\n\ntle",x\n2,lamp,y,z\n', "row 2: found 4 cells"),
    bad("a long first row", "sku,summary,note\n1,kettle, of steel,x\n", "row 1: found 4 cells"),
    bad("a long row far down", "sku,summary\n" + "1,kettle\n" * 5000 + "1,ket,tle\n", "row 5001: found 3 cells"),
    bad("a second, wider table", "sku,summary\n1,kettle\n\nsku,summary,note\n2,lamp,y\n", "row 2: found 3 cells"),
    bad("a title above", "The catalogue of May\nsku,summary,note\n1,kettle,x\n2,lamp,y\n", "the header: found 1 cell, but most rows have 3"),
    bad("titles and blank lines above", "The catalogue\nof May\n\nsku;summary;note\n1;kettle;x\n2;lamp;y\n", "separated by semicolon.*Delete lines above"),
    bad("a comment above two columns", "# exported by shop\nsku,summary\n1,kettle\n2,lamp\n", f"{TITLED} 2 separated by comma"),
    bad("comments above two columns", "# exported\n# by shop\n\nsku;summary\n1;kettle\n", f"{TITLED} 2 separated by semicolon"),
    bad("a title that names a text", "Description\nsku,summary,price\n1,kettle,2\n2,lamp,3\n", f"{TITLED} 3 separated by comma"),
    bad("a title above names only", "May\nsku|Summary\n", f"{TITLED} 2 separated by bar"),
    good("prose that names a text, far down", "description\na lamp\nbrass, title\na kettle\n", ["description"],
         [["a lamp"], ["brass, title"], ["a kettle"]]),
    good("a line of spaces above", "   \nsku,summary\n1,kettle\n", COLUMNS[:2], [["1", "kettle"]]),
    good("lines of spaces and blank ones above", "\n \t \r\n\nsummary\nkettle\n \n", ["summary"], [["kettle"], [" "]], unpriced=[2]),
    good("a line of tabs above", "\t\nsku,summary\n1,kettle\n", COLUMNS[:2], [["1", "kettle"]]),
    bad("a line of tabs only", "\t\n", "no column named summary.*found '', ''"),
    bad("a stray quote below a line of spaces", ' \nsku,summary\n1,kettle\n2,"lamp" x\n', r"row 2 \(line 4\): text follows"),
    bad("a stray quote in one column, after a blank line", 'summary\n\n"lamp" x\n', r"row 2 \(line 3\): text follows"),
    bad("a title of cells above", "The catalogue,,\n,,\nsku,summary,note\n1,kettle,x\n", "no column named summary.*'The catalogue', '', ''"),
    bad("a title with a comma above", "Made in May, by us\nsku,summary,note\n1,kettle,x\n", "row 1: found 3 cells, but the header has 2"),
]  # fmt: skip
