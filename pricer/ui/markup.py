"""Text as HTML that Gradio shows."""

from __future__ import annotations

import html

_TEMPLATE_CHARACTERS = str.maketrans({"$": "&#36;", "{": "&#123;", "}": "&#125;", "`": "&#96;", "\\": "&#92;"})


def escape(text: object) -> str:
    """Text for HTML.  Gradio treats HTML as a template: what would be code in one is escaped too."""
    return html.escape(str(text)).translate(_TEMPLATE_CHARACTERS)
