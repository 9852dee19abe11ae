"""Builds static/img/icons.svg from the icons of lucide-static (ISC). Run with the path of its folder of icons."""

import re
import sys
from pathlib import Path

ICONS = {
    # name in the templates: name at Lucide
    "arrow": "arrow-right",
    "baby": "baby",
    "backpack": "backpack",
    "blocks": "blocks",
    "book": "book-open",
    "bookmark": "bookmark",
    "briefcase": "briefcase",
    "bus": "bus",
    "calendar": "calendar",
    "check": "check",
    "chevron": "chevron-down",
    "clock": "clock",
    "coins": "coins",
    "copy": "copy",
    "door": "door-open",
    "exit": "log-out",
    "external": "external-link",
    "filter": "sliders-horizontal",
    "globe": "globe",
    "heart": "heart-pulse",
    "home-heart": "house-heart",
    "info": "info",
    "languages": "languages",
    "lifebuoy": "life-buoy",
    "mail": "mail",
    "person": "user-round",
    "people": "users-round",
    "phone": "phone",
    "pin": "map-pin",
    "pregnancy": "hand-heart",
    "print": "printer",
    "route": "route",
    "school-start": "school",
    "search": "search",
    "share": "share-2",
    "speech": "message-circle",
    "step-free": "accessibility",
    "toddler": "toy-brick",
    "together": "heart-handshake",
    "tutoring": "graduation-cap",
    "house": "house",
    "ticket": "ticket",
    "x": "x",
}


def main() -> None:
    source = Path(sys.argv[1])
    symbols = []
    for name, lucide in sorted(ICONS.items()):
        inner = re.search(r"<svg[^>]*>(.*)</svg>", (source / f"{lucide}.svg").read_text(), re.S)
        assert inner, lucide
        body = re.sub(r"\s+", " ", inner[1]).replace("> <", "><").replace(" />", "/>").strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    target = Path(__file__).parent.parent / "static" / "img" / "icons.svg"
    target.write_text('<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n")


if __name__ == "__main__":
    main()
