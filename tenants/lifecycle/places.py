"""Where a client is: its locale and its time zone."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from kernel.errors import ValidationFailed
from kernel.zones import is_zone


def check_locale(locale: str) -> None:
    """Raises ValidationFailed unless `locale` is a language tag that CLDR knows, such as de-DE."""
    try:
        Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValidationFailed.of(
            "/locale", "Not a known locale; write it like en-GB.", code="unknown_locale"
        ) from None


def check_time_zone(time_zone: str) -> None:
    """Raises ValidationFailed unless `time_zone` is in the IANA database."""
    if not is_zone(time_zone):
        raise ValidationFailed.of(
            "/time_zone", "Not a known time zone; write it like Europe/Berlin.", code="unknown_time_zone"
        )
