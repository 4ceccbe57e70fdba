"""What people call the device behind a browser."""

from __future__ import annotations

from flask_babel import gettext

from portal.accounts.rules import describe_device


def device_words(user_agent: str) -> str:
    """Give `Chrome on Windows` in the reader's language, out of what the browser calls itself."""
    browser, system = describe_device(user_agent)
    if browser and system:
        return str(gettext("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(gettext("Unknown device"))
