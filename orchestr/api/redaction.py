"""What agents write is read for secrets and personal data at the door, before anything of it is kept.

Prose alone: notes, summaries, rationales, alternatives, claims, the data of events. Not the values of a change, which
are to be published as they stand and are judged by policy, and not what names things (ids, sources, types).
A secret is known by its shape: tokens of known makers, keys, `password=…`. So is a card number (with its check digit,
ISO/IEC 7812-1), an IBAN (with its check digits, ISO 13616-1), an e-mail address and a phone number with its country.
A name or a street is not: an agent is told not to send them (docs/agents.md).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

_SECRETS = re.compile(
    r"""
    -----BEGIN[A-Z ]*PRIVATE\ KEY-----.*?(?:-----END[A-Z ]*PRIVATE\ KEY-----|\Z)
    | \borc_[A-Za-z0-9_-]{20,}
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b
    | \bgh[pousr]_[A-Za-z0-9]{30,}
    | \bglpat-[A-Za-z0-9_-]{20,}
    | \b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{20,}
    | \bxox[abeprs]-[A-Za-z0-9-]{10,}
    | \bwhsec_[A-Za-z0-9+/=]{16,}
    """,
    re.VERBOSE | re.DOTALL,
)
_BEARER = re.compile(r"\b((?:bearer|basic)\s+)([A-Za-z0-9._~+/-]{16,}=*)", re.IGNORECASE)
_NAMED = re.compile(
    r"""\b((?:password|passwd|passphrase|secret|client[_-]?secret|api[_-]?key|access[_-]?key|private[_-]?key
        |access[_-]?token|auth[_-]?token)["']?\s*[:=]\s*["']?)([^\s"',;&}]{4,})""",
    re.IGNORECASE | re.VERBOSE,
)
_SECRET_NAMES = re.compile(
    r"(?:^|[_-])(?:password|passwd|passphrase|secret|authorization|cookie)$|(?:api|access|private)[_-]?key$|(?:access|auth|bearer)[_-]?token$",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}\b")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![0-9A-Za-z-])(?:[0-9][ -]?){14,15}[0-9](?![0-9A-Za-z-])")
_PHONE = re.compile(r"(?<![0-9A-Za-z+])\+[1-9](?:[ ()/.-]{0,2}[0-9]){7,14}(?![0-9])")


def redacted(text: str) -> str:
    """The text without what is known to be a secret or personal, each named by its kind. Never longer than it was."""
    text = _SECRETS.sub(_mark("secret"), text)
    text = _BEARER.sub(lambda found: found[1] + _said("secret", len(found[2])), text)
    text = _NAMED.sub(lambda found: found[1] + _said("secret", len(found[2])), text)
    text = _MAIL.sub(_mark("e-mail"), text)
    text = _IBAN.sub(_mark("IBAN", _is_iban), text)
    text = _CARD.sub(_mark("card", _is_card), text)
    return _PHONE.sub(_mark("phone"), text)


def redacted_in(value: Any) -> Any:
    """The same of every text within a JSON value, its keys left as they are; a value named like a secret goes whole."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, list):
        return [redacted_in(each) for each in value]
    if isinstance(value, Mapping):
        return {
            name: _said("secret", len(each)) if isinstance(each, str) and each and _SECRET_NAMES.search(name)
            else redacted_in(each)
            for name, each in value.items()
        }  # fmt: skip
    return value


def _mark(kind: str, truly: Callable[[str], bool] = bool) -> Callable[[re.Match[str]], str]:
    return lambda found: _said(kind, len(found[0])) if truly(found[0]) else found[0]


def _said(kind: str, length: int) -> str:
    marks = (f"[{kind} removed]", f"[{kind}]", "*" * length)
    return next(mark for mark in marks if len(mark) <= length)


def _is_iban(text: str) -> bool:
    packed = text.replace(" ", "")
    digits = "".join(str(int(each, 36)) for each in packed[4:] + packed[:4])
    return int(digits) % 97 == 1


def _is_card(text: str) -> bool:
    """By its check digit, and by how it begins: 13 and 14 digits are article numbers (GTIN)."""
    digits = [int(each) for each in text if each.isdigit()]
    if (len(digits), digits[0]) not in {(15, 3), (16, 2), (16, 3), (16, 4), (16, 5), (16, 6)}:
        return False
    doubled = [each * 2 - 9 * (each > 4) if n % 2 else each for n, each in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0
