"""The drawn shapes of states, outcomes and tiers: one outline each, so that colour is never alone.

All are drawn here on a 16 × 16 grid, stroked in the colour of the text around them.
"""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

RING = '<circle cx="8" cy="8" r="5.5"/>'
DISC = '<circle cx="8" cy="8" r="6.25" class="solid"/>'
BACK = '<path d="M6.5 3 3.5 6l3 3M3.5 6H9a3.5 3.5 0 0 1 0 7H6"/>'

SHAPES: dict[str, str] = {
    "waiting": f'{RING}<path d="M8 5v3.2l2.1 1.4"/>',
    "approved": f'{RING}<path d="M8 2.5a5.5 5.5 0 0 1 0 11z" class="solid"/>',
    "published": f'{DISC}<path d="m5.2 8.2 2 2 3.6-4.2" class="cut"/>',
    "reverted": BACK,
    "blocked": '<path d="M5.7 2.5h4.6l3.2 3.2v4.6l-3.2 3.2H5.7l-3.2-3.2V5.7z" class="solid"/><path d="M5.4 8h5.2" class="cut"/>',
    "pending": '<circle cx="8" cy="8" r="5.5" stroke-dasharray="2 2.32"/>',
    "running": f'{RING}<circle cx="8" cy="8" r="2" class="solid"/>',
    "done": f'{DISC}<path d="m5.2 8.2 2 2 3.6-4.2" class="cut"/>',
    "dash": f'{RING}<path d="M5.5 8h5"/>',
    "triangle": '<path d="M8 2.8 13.8 13H2.2zM8 6.8v2.7M8 11.2v.1"/>',
    "question": '<path d="M8 1.8 14.2 8 8 14.2 1.8 8z"/><path d="M6.6 6.7c.1-1.7 2.9-1.6 2.8 0-.1 1-1.4 1-1.4 2.1M8 10.7v.1"/>',
    "half": f'{RING}<path d="M2.5 8a5.5 5.5 0 0 0 11 0z" class="solid"/>',
    "swap": '<path d="M3 5.5h9.5M10 3l2.5 2.5L10 8M13 10.5H3.5M6 8l-2.5 2.5L6 13"/>',
    "square": '<rect x="3" y="3" width="10" height="10" rx="1"/><path d="M5.5 8h5"/>',
    "lock": '<rect x="3.5" y="7" width="9" height="6.5" rx="1"/><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>',
    "hold": '<path d="M8 1.8v12.4M2.6 4.9l10.8 6.2M13.4 4.9 2.6 11.1"/>',
    "person": '<circle cx="8" cy="5" r="2.6"/><path d="M2.8 13.6c.5-3 2.5-4.4 5.2-4.4s4.7 1.4 5.2 4.4"/>',
    "people": '<circle cx="5.6" cy="5.4" r="2.2"/><path d="M1.4 13c.3-2.6 1.9-3.8 4.2-3.8s3.9 1.2 4.2 3.8M10 3.4a2.2 2.2 0 0 1 0 4M11.6 9.5c1.8.4 2.8 1.6 3 3.5"/>',
    "auto": '<path d="M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z"/>',
    "up": '<path d="M8 13V3M4 7l4-4 4 4"/>',
    "down": '<path d="M8 3v10M4 9l4 4 4-4"/>',
    "level": '<path d="M3 6h10M3 10h10"/>',
    "copy": '<rect x="5.5" y="5.5" width="8" height="8" rx="1.2"/><path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2"/>',
    "eye": '<path d="M1.5 8S4 3.6 8 3.6 14.5 8 14.5 8 12 12.4 8 12.4 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="1.9"/>',
}


def shape(name: str) -> SafeString:
    """One shape as inline SVG, hidden from screen readers: a word always stands beside it."""
    drawn = mark_safe(SHAPES[name])  # noqa: S308 - our own constants above
    return format_html(
        '<svg class="shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">{}</svg>',
        drawn,
    )
