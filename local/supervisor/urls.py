"""The URLs as a person reads them."""

from urllib.parse import urlsplit

_MASKED_ALWAYS = ("orders", "customers", "traces")  # may be somebody else's: nobody needs a password of ours there


def url_lines(urls: dict[str, str], *, masked: bool) -> str:
    """Return a line a URL, each with its name before it; `masked` leaves passwords out, also ours."""
    width = max(map(len, urls))
    shown = {name: without_password(url) if masked or name in _MASKED_ALWAYS else url for name, url in urls.items()}
    return "\n".join(f"  {name:<{width}}  {url}" for name, url in shown.items())


def without_password(url: str) -> str:
    """Return the URL with three stars in place of its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:***@{host}").geturl()
