"""Telephone numbers as they are stored: in E.164, whatever they look like where they come from."""

import phonenumbers


def e164(text: str, region: str) -> str:
    """The number; "" for what is none. One without a country code is meant in `region`."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
