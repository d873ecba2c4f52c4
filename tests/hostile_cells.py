"""Cells for Hypothesis: any text, and above all what programs have stumbled over."""

from hypothesis import strategies as st

from etl.workbook.no_value import ERROR_VALUES, FORMULA_WITHOUT_VALUE

PIECES = (
    "", " ", "\u00a0", "\u200b", "\ufeff", "\u00ad", "\u2060", "\u3164", "\u2800", "\ufe0f",
    "\U000e0041", "\x07", "\0", "\uffff", "\u202e", "\u0301", "\u0307", "İ", "ı", "i", "I", "\u212a",
    "K", "k", "ς", "Σ", "σ", "ß", "ẞ", "SS", "ﬁ", "fi", "é", "e\u0301", "＠", "@", "ｘ", "x", ".fr",
    "zoe@x.fr", "ZOE@X.FR", "İnfo@x.fr", "a@b", "5", "25", "٢٥", "२५", "２５", "²", "⁵", "½", "Ⅻ", "٫",
    "٬", ",", ".", "-", "+", "−", "e5", "1e400", "9" * 40, "NaN", "inf", "None", "null", "\\N", "\\.",
    '"', "'", ";", "|", "\n", "\r", "\r\n", "\t", "femme", "français", "M", "Bac+5", "true", "=1+1",
    "{{ x }}", "%(x)s", "\ufdfa", "\U0001f469\u200d\U0001f52c", "\u1e9e", "\u0390", "ŉ", "x" * 201,
    FORMULA_WITHOUT_VALUE, *sorted(ERROR_VALUES),
)  # fmt: skip

TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
    st.text(max_size=12),
)
CELLS = st.none() | TEXTS
