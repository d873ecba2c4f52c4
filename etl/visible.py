"""Which characters can be seen: a text without one is empty, in every step and every gate alike."""

_UNSEEN = (
    (0x0, 0x20),  # controls and the space
    (0x7F, 0xA0),
    (0xAD, 0xAD),  # soft hyphen
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),  # Hangul fillers
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),  # spaces, zero widths, directional marks
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),  # braille without a dot
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF),
    (0x16FE4, 0x16FE4),
    (0x1BCA0, 0x1BCA3),
    (0x1D159, 0x1D159),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),  # tags, more variation selectors
)
"""First and last of each range: what Unicode calls White_Space, Cc or Default_Ignorable_Code_Point
(DerivedCoreProperties.txt, 16.0), and the few other characters that are drawn as nothing."""

INVISIBLE = "".join(chr(code) for low, high in _UNSEEN for code in range(low, high + 1))
"""Every character that cannot be seen."""


def _in_class(code: int) -> str:
    # No control character may stand in a pattern that is stored as JSON.
    return f"\\x{code:02x}" if code <= 0xFF else chr(code)


VISIBLE_PATTERN = f"[^{''.join(f'{_in_class(low)}-{_in_class(high)}' for low, high in _UNSEEN)}]"
"""One character that can be seen, as a regular expression (Python's re and RE2)."""


def is_visible(text: str | None) -> bool:
    """Whether a text has a character that can be seen."""
    return text is not None and bool(text.strip(INVISIBLE))
