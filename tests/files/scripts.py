"""Texts in every script, and characters that nobody sees."""

from tests.files.case import good

TEXTS = {
    "Arabic": "إبريق شاي من الفولاذ",
    "Hebrew with bidi marks": "\u202bקומקום\u202c \u2067x\u2069\u200f",
    "Chinese": "不锈钢电热水壶",
    "Chinese beyond the basic plane": "𠮷野家の丼",
    "Thai without spaces": "กาต้มน้ำไฟฟ้า",
    "Devanagari": "इलेक्ट्रिक केतली",
    "emoji of several parts": "kettle 👩🏽‍🍳🏳️‍🌈 🇩🇪",
    "combining marks, apart": "cafe\u0301 kettle",
    "combining marks, piled up": "k\u0300\u0301\u0302\u0303\u0304\u0305e\u0336ttle",
    "zero width": "ket\u200btle\u200c\u200d\u2060\ufeff",
    "soft hyphens and hard spaces": "ket\xadtle\xa0steel\u202f5\u2009l",
    "control characters": "ket\x01\x02\x1b[31mtle\x7f",
    "a backspace and a bell": "kettle\b\a",
    "U+2028 and U+2029": "kettle\u2028steel\u2029",
    "no characters": "kettle\ufffe\uffff",
    "private use": "kettle \ue000\U000f0000",
    "lost characters": "kett\ufffdle",
    "a tag beyond all planes' texts": "kettle\U000e0041",
    "small capitals and ligatures": "ᴋᴇᴛᴛʟᴇ ﬁne ﬄ ĳ",
    "full width": "ＫＥＴＴＬＥ　１．５",
    "Turkish i": "İstanbul ısıtıcı",
    "a tab within": "kettle\tsteel",
}

CASES = [
    good(name, f'sku,summary,note\n1,"{text}",x\n2,lamp,"{text}"\n', ["sku", "summary", "note"], [["1", text, "x"], ["2", "lamp", text]])
    for name, text in TEXTS.items()
]  # fmt: skip
