"""The names of columns: twice, empty, missing, ours, and very many."""

from tests.files.case import bad, good


def wide(n, n_rows=2):
    names = ["summary", *(f"c{at}" for at in range(1, n))]
    rows = [[f"kettle {row}", *(f"{row}.{at}" for at in range(1, n))] for row in range(n_rows)]
    return "".join(",".join(line) + "\n" for line in [names, *rows]), names, rows


CASES = [
    good("duplicates", "a,a,summary\n1,2,kettle\n", ["a", "a", "summary"], [["1", "2", "kettle"]]),
    good("the text's name twice", "summary,summary\nkettle,lamp\n", ["summary", "summary"], [["kettle", "lamp"]]),
    good("empty names", ",summary,\n1,kettle,2\n", ["", "summary", ""], [["1", "kettle", "2"]]),
    good("names of spaces", " ,summary,  \n1,kettle,2\n", [" ", "summary", "  "], [["1", "kettle", "2"]]),
    good("spaces around the text's name", "sku, Summary \n1,kettle\n", ["sku", " Summary "], [["1", "kettle"]]),
    good("capitals", "SKU,DESCRIPTION\n1,kettle\n", ["SKU", "DESCRIPTION"], [["1", "kettle"]]),
    good("our own names", "summary,predicted_price,price_note\nkettle,1,x\n", ["summary", "predicted_price", "price_note"], [["kettle", "1", "x"]]),
    good("our own names, priced twice", "summary,price_note,price_note_pricer\nkettle,1,x\n", ["summary", "price_note", "price_note_pricer"],
         [["kettle", "1", "x"]]),
    good("numbers as names", "1,2,summary\n3,4,kettle\n", ["1", "2", "summary"], [["3", "4", "kettle"]]),
    good("signs in names", "a/%b,summary,<i>\n1,kettle,2\n", ["a/%b", "summary", "<i>"], [["1", "kettle", "2"]]),
    good("a name of 100,000 characters", "n" * 100_000 + ",summary\n1,kettle\n", ["n" * 100_000, "summary"], [["1", "kettle"]]),
    good("header only", "sku,summary\n", ["sku", "summary"], []),
    good("header only, without an end", "sku,summary", ["sku", "summary"], []),
    good("one column of any name", "what\nkettle\n", ["what"], [["kettle"]], notice="taken for its name, 'what'"),
    good("one column, one row, no end", "summary\nkettle", ["summary"], [["kettle"]]),
    bad("no header", "1,A steel kettle,9.90\n2,A lamp,19.90\n", "no column named summary.* found '1', 'A steel kettle', '9.90'"),
    bad("0 bytes", b"", r"empty \(0 bytes\)"),
    bad("only line ends", "\n\r\n\r\n", "only blank lines"),
    good("500 columns", *wide(500)),
    good("17,000 columns", *wide(17_000, 1)),
    bad("100,000 columns", wide(100_000, 1)[0], "has 100,000 columns: expected at most 20,000"),
]  # fmt: skip
