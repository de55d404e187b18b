"""The URLs as a person reads them."""

from urllib.parse import urlsplit


def url_lines(urls: dict[str, str], *, masked: bool) -> str:
    """Return a line a URL, each with its name before it; `masked` leaves passwords out."""
    width = max(map(len, urls))
    return "\n".join(f"  {name:<{width}}  {without_password(url) if masked else url}" for name, url in urls.items())


def without_password(url: str) -> str:
    """Return the URL with three stars in place of its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:***@{host}").geturl()
