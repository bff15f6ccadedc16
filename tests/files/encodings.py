"""Files in every encoding that people save in, in two at once, and in none."""

import codecs

from tests.files.case import bad, good

COLUMNS = ["sku", "summary"]
TEXT = "sku,summary\n1,Café kettle “deluxe”\n2,Straße lamp – 5 €\n"
ROWS = [["1", "Café kettle “deluxe”"], ["2", "Straße lamp – 5 €"]]
CHINESE = "编号,summary\n1,不锈钢电热水壶一点七升自动断电\n2,台灯\n"
CHINESE_TABLE = ["编号", "summary"], [["1", "不锈钢电热水壶一点七升自动断电"], ["2", "台灯"]]
UNMARKED = "Read as UTF-16 without a byte-order mark"
WESTERN = {
    "French": "Bouilloire électrique « Élégance » à l’ancienne – créée pour l’été, 49,90 €",
    "French in guillemets with hard spaces": "«\xa0Élégant\xa0» à côté",
    "French capitals": "PÂTÉ DE FOIE ET CRÈME BRÛLÉE, RÉF. ÉTÉ",
    "French of many accents": "dégénéré, dégénérée, répétées",
    "German": "Käsemesser „Größe M“ – süß, ölig, für 5 °C … 8 °C",
    "German letters only": "äöüß ÄÖÜ",
    "Spanish": "¿Qué lámpara? ¡La del niño! Año 2024, 3ª edición",
    "Portuguese": "opções de coração, ações à mão",
    "Icelandic": "þýðing á íþróttahúsið, öðruvísi",
    "Danish": "Ærøskøbing smørrebrød på grønt blåbær",
    "Finnish": "höyryäänestäjä, jäääär, hääyöaie",
    "Dutch": "ideeën, geïnd, naïef, café’s",
    "signs": "5 × 3 m² ± 2 % – ¼ · ½ · ¾ … “…” ‘’ ™©®",
    "dashes between letters": "A–B–C–D—E",
    "one letter": "é",
    "hard spaces in a row": "Lamp\xa0\xa0\xa0\xa0new, é, •\xa0\xa0\xa0Steel",
    "a rule": "Lamp ———————— pan •••• fan »»»» é",
    "signs of money in a row": "Bar €€€€ Pub £££ Café £££",
    "letters and signs": "Élégé® Dépôté… Élégé® Dépôté…",
    "Portuguese capitals in quotes": "“LÔ “LÃ” café",
}
FOREIGN = {
    "cp1251": ("чайник", "Чайник стальной 1,7 л с подсветкой", "Лампа LED 40 W"),
    "koi8-r": ("чайник стальной",),
    "cp1253": ("Βραστήρας νερού από ατσάλι",),
    "cp1255": ("קומקום חשמלי מנירוסטה",),
    "cp1256": ("إبريق شاي من الفولاذ",),
    "gbk": ("不锈钢电热水壶", "水壶", "电水壶 1.7L 家用 304不锈钢"),
    "big5": ("不鏽鋼電熱水壺一點七升自動斷電",),
    "cp949": ("스테인리스 전기 주전자 1.7리터",),
    "cp932": ("ステンレスの電気ケトル", "ケトル", "湯沸かし 1.7L"),
    "euc-jp": ("ステンレス電気ケトル",),
}

CASES = [
    good("UTF-8", TEXT, COLUMNS, ROWS),
    good("UTF-8 with its mark", TEXT.encode("utf-8-sig"), COLUMNS, ROWS),
    good("UTF-8 with its mark before a quote", b'\xef\xbb\xbf"sku","summary"\n"1","kettle"\n', COLUMNS, [["1", "kettle"]]),
    good("UTF-16 little-endian", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), COLUMNS, ROWS, notice="UTF-16"),
    good("UTF-16 big-endian", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), COLUMNS, ROWS, notice="UTF-16"),
    good("UTF-16 little-endian unmarked", TEXT.encode("utf-16-le"), COLUMNS, ROWS, notice=UNMARKED),
    good("UTF-16 big-endian unmarked", TEXT.encode("utf-16-be"), COLUMNS, ROWS, notice=UNMARKED),
    good("UTF-16 unmarked Chinese", CHINESE.encode("utf-16-le"), *CHINESE_TABLE, notice=UNMARKED),
    good("UTF-16 big-endian unmarked Chinese", CHINESE.encode("utf-16-be"), *CHINESE_TABLE, notice=UNMARKED),
    good("UTF-16 emoji", "summary\nkettle 🫖🔥\n".encode("utf-16"), ["summary"], [["kettle 🫖🔥"]], notice="UTF-16"),
    good("UTF-16 tab, as Excel saves Unicode text", "sku\tsummary\r\n1\tkettle\r\n".encode("utf-16"), COLUMNS, [["1", "kettle"]],
         file="table.tsv", notice="UTF-16"),
    good("UTF-16 with a line break of four bytes alike", "summary\nkettle \u0a0a lamp\n".encode("utf-16"), ["summary"],
         [["kettle \u0a0a lamp"]], notice="UTF-16"),
    good("UTF-32", TEXT.encode("utf-32"), COLUMNS, ROWS, notice="UTF-32"),
    good("Windows-1252", TEXT.encode("cp1252"), COLUMNS, ROWS, notice=r"byte 17\): read as Windows-1252"),
    good("Windows-1252 German quotes", "summary\nSpaß„ und Maß” für 3 €\n".encode("cp1252"), ["summary"],
         [["Spaß„ und Maß” für 3 €"]], notice="Windows-1252"),
    good("Latin-1 with a hard space", "summary\nlampe\xa0à huile\n".encode("latin-1"), ["summary"], [["lampe\xa0à huile"]],
         notice="Windows-1252"),
    *(
        good(f"Windows-1252 {language}", f'sku,summary\n1,"{text}"\n2,lamp\n'.encode("cp1252"), COLUMNS, [["1", text], ["2", "lamp"]],
             notice="read as Windows-1252")
        for language, text in WESTERN.items()
    ),
    *(
        bad(f"{encoding} {text}", f"sku,summary\n1,{text}\n2,{text}\n".encode(encoding), r"(not UTF-8|neither UTF-8 nor Windows-1252) \(first misfit at "
            r"byte \d\d\).*save it again as UTF-8")
        for encoding, texts in FOREIGN.items() for text in texts
    ),
    bad("cp1251 far down", ("summary\n" + "kettle\n" * 300_000 + "чайник стальной\n").encode("cp1251"), "misfit at byte 2,100,008.*no Western order"),
    bad("Chinese UTF-8 with one wrong byte", "summary\n电水壶\n".encode() + b"lamp \xe9\n", "mixes UTF-8 .* byte 23"),
    good("UTF-32 unmarked", TEXT.encode("utf-32-le"), COLUMNS, ROWS, notice="Read as UTF-32 without a byte-order mark"),
    good("UTF-32 big-endian unmarked", CHINESE.encode("utf-32-be"), *CHINESE_TABLE, notice="Read as UTF-32 without a byte-order mark"),
    good("UTF-32 unmarked, one column", "summary\nkettle\nlamp\n".encode("utf-32-le"), ["summary"], [["kettle"], ["lamp"]], notice="UTF-32 without"),
    bad("UTF-32 unmarked, cut", "summary\nkettle\n".encode("utf-32-le")[:-1], "starts as UTF-32 without .* breaks off at byte 56"),
    *(
        good(f"{n} marks of {encoding}", mark * n + TEXT.encode(encoding), COLUMNS, ROWS, **({"notice": encoding[:6].upper()} if mark != codecs.BOM_UTF8 else {}))
        for n in (2, 3)
        for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
                               (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"))
    ),
    good("two marks before a hint", "\ufeff\ufeffsep=;\nsku;summary\n1;kettle\n", COLUMNS, [["1", "kettle"]], notice="first line says"),
    bad("only marks", codecs.BOM_UTF8 * 2, "only blank lines"),
    bad("a byte that no encoding has", b"summary\nkettle \x81\x8d\n", r"neither UTF-8 nor Windows-1252 \(first misfit at byte 15\)"),
    bad("UTF-8, then Windows-1252", "summary\ncafé\n".encode() + "thé\n".encode("cp1252"), "mixes UTF-8 .* byte 16"),
    bad("Windows-1252, then UTF-8", "summary\nthé\n".encode("cp1252") + "café\n".encode(), "mixes UTF-8 .* byte 10"),
    bad("Cyrillic UTF-8 with one wrong byte", "summary\nчайник\n".encode() + b"lamp \xe9\n", "mixes UTF-8|neither UTF-8"),
    bad("UTF-8 cut within a letter", "summary\ncafé\nthé".encode()[:-1], "mixes UTF-8 .* byte 16"),
    bad("UTF-16 cut within a letter", "summary\nkettle\n".encode("utf-16")[:-1], "UTF-16 but breaks off at byte 30"),
    bad("UTF-16 with half a pair", codecs.BOM_UTF16_LE + "summary\na".encode("utf-16-le") + b"\x3d\xd8" + "b\n".encode("utf-16-le"),
        "UTF-16 but breaks off at byte 20"),
    good("NUL within a cell", "sku,summary\n1,ket\0tle\n", COLUMNS, [["1", "ket\0tle"]], notice="NUL characters, the first at byte 17"),
    good("NUL at a line's end", "sku,summary\n1,kettle\0\n2,lamp\n", COLUMNS, [["1", "kettle\0"], ["2", "lamp"]], notice="NUL"),
    bad("NUL and bytes of no text", b"summary\n\x00\x01\xfe\xff kettle\n", "is no text: byte 10 does not fit UTF-8, and byte 8 is NUL"),
    good("a mark in the middle, as of joined files", "sku,summary\n1,kettle\n\ufeff2,lamp\n", COLUMNS, [["1", "kettle"], ["\ufeff2", "lamp"]]),
    bad("only a mark", codecs.BOM_UTF8, "only blank lines"),
    bad("only a mark of UTF-16", codecs.BOM_UTF16_LE, "only blank lines"),
    good("control characters of Latin-1", "summary\nkettle \x85 \x90 lamp\n", ["summary"], [["kettle \x85 \x90 lamp"]]),
]  # fmt: skip
