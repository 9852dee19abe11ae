"""Does a form come from a page of ours? Asked instead of a token in each form (docs/adr/0016).

A token ends with the session, and an editor would lose what they typed. Browsers say themselves where a request comes
from, and no page of another site can change what they say.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request, current_app

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_INSIDE_OTHERS = frozenset({"iframe", "frame", "embed", "object"})


def is_own_request(request: Request) -> bool:
    """True where the browser says that a page of this site (or nobody but the person) sent the request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    # Browsers before 2023, and pages over plain http, where the header above is not sent.
    origin = urlsplit(request.headers.get("Origin", ""))
    own = urlsplit(current_app.extensions["settings"].public_url)
    if not origin.netloc:
        return False
    return (origin.scheme, origin.netloc) == (own.scheme, own.netloc) or origin.netloc == request.host


def is_from_elsewhere(request: Request) -> bool:
    """Whether a page of another site makes this browser ask: as a picture, in a frame, by a form.

    Where tries are counted, such a one counts for nobody: else some pictures with wrong addresses would shut out whoever
    looks at that page. A link that somebody follows leads here from anywhere; browsers that say nothing are believed.
    """
    if request.headers.get("Sec-Fetch-Site") not in {"cross-site", "same-site"}:
        return False
    follows = request.method in SAFE_METHODS and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return not follows or request.headers.get("Sec-Fetch-Dest") in _INSIDE_OTHERS
