"""Lists of the editors' pages: search, filter, sort, paging from the query string, ticked rows from a form; all checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import abort, request, url_for

from portal.admin.forms import clean_line

PAGE_SIZE = 50
_MAX_TEXT = 100


@dataclass(frozen=True)
class ListRequest:
    """What a list is asked for. Values that nobody offers are left out, so an address may be mistyped."""

    q: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    page: int = 1

    @property
    def offset(self) -> int:
        return (self.page - 1) * PAGE_SIZE

    def address(self, **changes: Any) -> str:
        """The query string of the same list with something changed; a change of anything but the page goes to page 1."""
        values = {
            "q": self.q,
            **self.filters,
            "sort": ("-" if self.descending else "") + self.sort,
            "page": self.page if set(changes) <= {"page"} else 1,
        }
        values |= changes
        if values.get("page") == 1:
            values.pop("page")
        return "?" + urlencode({name: value for name, value in values.items() if value not in ("", None)})


def read_list_request(
    *, sorts: Sequence[str], filters: Mapping[str, Sequence[str]], default_sort: str = ""
) -> ListRequest:
    """From the query string. `filters` has the values that each filter may have; `sorts` the columns ("-" for descending)."""
    raw_sort = request.args.get("sort", default_sort)
    descending, sort = raw_sort.startswith("-"), raw_sort.removeprefix("-")
    if sort not in sorts:
        descending, sort = default_sort.startswith("-"), default_sort.removeprefix("-")
    page = request.args.get("page", "1")
    return ListRequest(
        q=clean_line(request.args.get("q", "")[:_MAX_TEXT]) or "",
        filters={
            name: value
            for name, allowed in filters.items()
            if (value := request.args.get(name, "")) in allowed and value
        },
        sort=sort,
        descending=descending,
        page=int(page) if re.fullmatch("[1-9][0-9]{0,3}", page) else 1,
    )


def chosen_rows(name: str) -> list[int]:
    """The numbers of the ticked rows, or of the one whose own button was pressed (`only`). 400 for what is no number."""
    only = request.form.get("only")
    chosen = [only] if only else request.form.getlist(name)
    if not all(re.fullmatch("[0-9]{1,9}", value) for value in chosen):
        abort(400)
    return [int(value) for value in chosen]


def back_to_list(endpoint: str) -> str:
    """The address of the list that a form stood on, filtered as it was (`back`)."""
    query = request.form.get("back", "")
    # A line break would be the end of the header that it stands in.
    return url_for(endpoint) + (query if query.startswith("?") and query.isprintable() else "")


@dataclass(frozen=True)
class ListPage:
    """One page of a list."""

    asked: ListRequest
    rows: Sequence[Any]
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))
