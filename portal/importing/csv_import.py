"""CSV files of other people to offers. Read everything, then write everything, in the caller's transaction.

A file that is not what it claims to be raises ImportFileError before anything is written; a single bad row is
rejected with its line and the reason, and the others go on.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import opening_hours
import phonenumbers
from sqlalchemy import delete
from sqlmodel import Session, select

from portal.importing.mapping import Mapping, choose, fill, fill_all
from portal.importing.progress import Advance
from portal.models import (
    MAX_AGE_MONTHS,
    District,
    Location,
    Need,
    Offer,
    OfferAccess,
    OfferLanguage,
    OfferLifePhase,
    OfferLifeSituation,
    OfferNeed,
    OfferText,
    Organization,
)
from portal.models.enums import CostKind, DistrictKind, OfferStatus, StepFree, TextState

MAX_BYTES = 50 * 1024 * 1024
MAX_CELL = 10_000
LANGUAGE = "de"
_ADDRESS = re.compile(
    r"^(?P<street>.+?)\s+(?P<number>\d+\s?[a-zA-Z]?(?:\s?[-/]\s?\d+\s?[a-zA-Z]?)?)\s*,\s*(?P<plz>\d{5})\s+(?P<city>.+)$"
)
# What a spreadsheet would run. A dash alone, "-/-" or "+49 30" is none.
_FORMULA = re.compile(r"^(?:[=@]|[+\-](?=[A-Za-z@=(]))")


class ImportFileError(Exception):
    """The file as a whole cannot be used. The message says why and what would help."""


class RowError(Exception):
    """One row cannot be used."""


@dataclass(frozen=True)
class RowResult:
    line: int
    external_id: str
    outcome: str
    """imported, updated, unchanged or rejected."""
    reason: str = ""


@dataclass
class ImportResult:
    rows: list[RowResult] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def rejected(self) -> list[RowResult]:
        return [row for row in self.rows if row.outcome == "rejected"]


@dataclass
class Record:
    """A row that can become an offer."""

    line: int
    external_id: str
    fingerprint: str
    district: str
    organization: str
    location: dict[str, Any] | None
    offer: dict[str, Any]
    text: dict[str, str]
    needs: list[str]
    life_phases: list[Any]
    life_situations: list[Any]
    languages: list[str]


def import_file(
    session: Session, path: Path, mapping: Mapping, advance: Advance, *, status: OfferStatus | None = None
) -> ImportResult:
    """Import the file; the caller commits, or rolls back to leave the database as it was. Raises ImportFileError."""
    needs = set(session.exec(select(Need.code)).all())
    result, records = ImportResult(), []
    lines: dict[str, int] = {}
    rows = list(read_rows(path, mapping))
    for done, (line, row, problem) in enumerate(rows, 1):
        external_id = fill(mapping.id, row) if row else ""
        try:
            if problem:
                raise RowError(problem)
            if not external_id:
                raise RowError("it has no id")
            if external_id in lines:
                raise RowError(f"the same id as in line {lines[external_id]}")
            lines[external_id] = line
            records.append(to_record(line, external_id, row, mapping, needs))
        except RowError as error:
            result.rows.append(RowResult(line, external_id, "rejected", str(error)))
        if done % 100 == 0 or done == len(rows):
            advance(done, len(rows) * 2)
    _Writer(session, mapping, status or mapping.status).write(
        records, result, lambda n: advance(len(rows) + n, len(rows) * 2)
    )
    result.rows.sort(key=lambda row: row.line)
    return result


def read_rows(path: Path, mapping: Mapping) -> Iterator[tuple[int, dict[str, str], str]]:
    """Line number, cleaned cells by column, and what is wrong with the row as a whole ("" where nothing is)."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ImportFileError(f"The file has {size // 2**20} MB; at most {MAX_BYTES // 2**20} MB are read. Split it.")
    if b"\0" in path.read_bytes()[:4096]:
        raise ImportFileError("This is not a text file. Save the table as CSV first.")
    columns, shape = mapping.file.columns, mapping.file
    try:
        with path.open(encoding=shape.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=shape.delimiter, strict=True)
            header = [cell.strip() for cell in next(reader, [])]
            if header != columns:
                raise ImportFileError(_header_problem(header, columns, shape.delimiter))
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                line = reader.line_num
                if len(cells) != len(columns):
                    yield line, {}, f"it has {len(cells)} cells instead of {len(columns)}"
                    continue
                row = {column: clean_cell(cell) for column, cell in zip(columns, cells, strict=True)}
                yield line, row, _row_problem(row)
    except UnicodeDecodeError as error:
        raise ImportFileError(
            f"The file is not {shape.encoding}: byte {error.start} cannot be read. Save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise ImportFileError(f"The file is not a proper CSV file: {error}.") from error


def _header_problem(header: list[str], columns: list[str], delimiter: str) -> str:
    if len(header) == 1 and len(columns) > 1:
        return f"The columns are not separated by {delimiter!r}. Is this the right file and mapping?"
    missing = [column for column in columns if column not in header]
    extra = [column[:40] for column in header if column not in columns]
    return (
        "The columns are not those of the mapping."
        + (f" Missing: {', '.join(missing)}." if missing else "")
        + (f" Unknown: {', '.join(extra[:10])}." if extra else "")
        + ("" if missing or extra else " Their order differs.")
    )


def _row_problem(row: dict[str, str]) -> str:
    for column, cell in row.items():
        if len(cell) > MAX_CELL:
            return f"{column} is longer than {MAX_CELL} characters"
        if _FORMULA.match(cell):
            return f"{column} looks like a formula"
    return ""


def clean_cell(cell: str) -> str:
    """One line of visible text: no control characters, no direction overrides, single spaces."""
    visible = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in cell)
    return " ".join(visible.split())


def to_record(line: int, external_id: str, row: dict[str, str], mapping: Mapping, known_needs: set[str]) -> Record:
    """The row as an offer. Raises RowError with the reason where it cannot be one."""
    for rule in mapping.reject:
        if re.search(rule.pattern, row[rule.column]):
            raise RowError(rule.reason)
    offer = mapping.offer
    title = fill(offer.title, row)
    if not title:
        raise RowError("it has no name")
    low = _months(fill(offer.min_age_months, row))
    high = _months(fill(offer.max_age_months, row))
    if low is not None and high is not None and low > high:
        raise RowError(f"the ages are the wrong way round: {low} to {high} months")
    organization = fill(mapping.organization.name, row)
    if not organization:
        raise RowError("it has no organization")
    needs, situations, phases = _needs(row, mapping)
    if not needs:
        raise RowError("none of the needs fits it; the mapping decides which do")
    if unknown := [code for code in needs if code not in known_needs]:
        raise RowError(f"the mapping names unknown needs: {', '.join(unknown)}")
    location = _location(row, mapping)
    phone = _phone(fill(offer.phone, row))
    if location is None and phone is None:
        raise RowError("it has neither a phone number nor an address: families could not reach it")
    cost_kind = CostKind(choose(offer.cost, row) or offer.cost_kind)
    languages = _languages(row, mapping)
    return Record(
        line=line,
        external_id=external_id[:200],
        fingerprint=_fingerprint(row, mapping),
        district=fill(mapping.district, row),
        organization=organization[:200],
        location=location,
        offer={
            "kind": offer.kind,
            "min_age_months": low,
            "max_age_months": high,
            "cost_kind": cost_kind,
            # An amount that an editor wrote does not outlive a row that says otherwise.
            "cost_cents": None,
            "cost_per": None,
            "registration": offer.registration,
            "opening_hours": _hours(fill(offer.opening_hours, row)),
            "phone": phone,
            "email": _email(fill(offer.email, row)),
            "website": _website(fill(offer.website, row)),
            "assured_on": mapping.assured_on,
            "review_due": mapping.review_due,
        },
        text={
            "title": title[:200],
            "summary": " ".join(fill_all(offer.summary, row))[:400],
            "description": "\n\n".join(fill_all(offer.description, row)),
            "registration_note": offer.registration_note,
            "cost_note": choose(offer.cost_note, row) or "",
        },
        needs=needs,
        life_phases=phases,
        life_situations=situations,
        languages=languages,
    )


def _fingerprint(row: dict[str, str], mapping: Mapping) -> str:
    # The mapping counts too: when it is improved, the next run brings the improvement. Defaults are left out, so that a
    # new field of Mapping does not make every row look changed.
    content = msgspec.json.encode([row, mapping], order="deterministic")
    return hashlib.sha256(content).hexdigest()


def _months(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_AGE_MONTHS):
        raise RowError(f"{text[:20]!r} is not an age in months from 0 to {MAX_AGE_MONTHS}")
    return int(text)


def _needs(row: dict[str, str], mapping: Mapping) -> tuple[list[str], list[Any], list[Any]]:
    offer = mapping.offer
    needs, situations, phases = list(offer.needs), list(offer.life_situations), list(offer.life_phases)
    text = " ".join(row[column] for column in offer.need_columns)
    for rule in offer.need_rules:
        if re.search(rule.pattern, text, re.IGNORECASE):
            needs += rule.needs
            situations += rule.life_situations
            phases += rule.life_phases
    return list(dict.fromkeys(needs))[:5], list(dict.fromkeys(situations)), list(dict.fromkeys(phases))


def _location(row: dict[str, str], mapping: Mapping) -> dict[str, Any] | None:
    rule = mapping.location
    if rule.address:
        match = _ADDRESS.match(fill(rule.address, row))
        if not match:
            return None
        street, number, postal_code, city = match.group("street", "number", "plz", "city")
    else:
        street, number = fill(rule.street, row), fill(rule.house_number, row)
        postal_code, city = fill(rule.postal_code, row), fill(rule.city, row)
        if not street:
            return None
    latitude, longitude = _degrees(fill(rule.latitude, row), 90), _degrees(fill(rule.longitude, row), 180)
    if latitude is None or longitude is None:
        latitude = longitude = None
    step_free = choose(rule.step_free, row)
    return {
        "name": fill(rule.name, row)[:300],
        "street": street[:200],
        # 0, - and -/- are what people write where there is no number.
        "house_number": number[:20] if re.search(r"[1-9]", number) else "",
        "postal_code": postal_code[:10],
        "city": city[:120],
        "latitude": latitude,
        "longitude": longitude,
        "step_free": StepFree(step_free) if step_free else None,
    }


def _degrees(text: str, limit: int) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -limit <= value <= limit and value != 0 else None


def _phone(text: str) -> str | None:
    """The number as it is dialled in Germany; None where it is not one."""
    try:
        number = phonenumbers.parse(text, "DE")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))[:40]


def _email(text: str) -> str | None:
    return text if re.fullmatch(r"[^@\s]{1,64}@[\w.-]+\.[A-Za-z]{2,}", text) else None


def _website(text: str) -> str | None:
    return text[:500] if re.fullmatch(r"https?://[^\s\"<>]+", text) else None


def _hours(expression: str) -> str:
    return expression if expression and opening_hours.validate(expression) else ""


def _languages(row: dict[str, str], mapping: Mapping) -> list[str]:
    rule = mapping.offer.languages
    if rule is None:
        return []
    names = [name.strip() for name in row[rule.column].split(",")]
    return list(dict.fromkeys(rule.values[name] for name in names if name in rule.values))[:12]


_ASCII = {ord(char): spelt for char, spelt in zip("äöüßæøå", ("ae", "oe", "ue", "ss", "ae", "oe", "aa"), strict=True)}


def slugify(text: str) -> str:
    """Small ASCII letters, digits and hyphens, as in all addresses."""
    folded = text.lower().translate(_ASCII)
    ascii_text = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:100].strip("-")


class _Writer:
    """Writes all records, table by table in the order of the foreign keys, so that each table is one batch."""

    def __init__(self, session: Session, mapping: Mapping, status: OfferStatus) -> None:
        self.session, self.mapping, self.status = session, mapping, status
        self.source = mapping.source
        self.taken: dict[Any, set[str]] = {
            table: set(session.exec(select(table.slug)).all()) for table in (Organization, Location, Offer, District)
        }

    def _slug(self, table: Any, *words: str) -> str:
        base = slugify(" ".join(words)) or self.source
        slug, number = base, 2
        while slug in self.taken[table]:
            slug, number = f"{base}-{number}", number + 1
        self.taken[table].add(slug)
        return slug

    def write(self, records: list[Record], result: ImportResult, advance: Any) -> None:
        existing = {
            offer.external_id: offer
            for offer in self.session.exec(select(Offer).where(Offer.source == self.source)).all()
        }
        changed = []
        for record in records:
            offer = existing.get(record.external_id)
            if offer is not None and offer.source_fingerprint == record.fingerprint:
                result.rows.append(RowResult(record.line, record.external_id, "unchanged"))
            else:
                outcome = "imported" if offer is None else "updated"
                result.rows.append(RowResult(record.line, record.external_id, outcome))
                changed.append(record)
        advance(len(records) - len(changed))
        if not changed:
            return
        organizations = self._organizations(changed)
        districts = self._districts(changed)
        locations = self._locations(changed, organizations, districts)
        advance(len(records) - len(changed) // 2)
        self._offers(changed, existing, organizations, locations)
        advance(len(records))

    def _organizations(self, records: list[Record]) -> dict[str, int | None]:
        known = {
            row.external_id: row
            for row in self.session.exec(select(Organization).where(Organization.source == self.source)).all()
        }
        for record in records:
            # Organizations have no id of their own in such files: the same name is the same organization.
            if record.organization not in known:
                known[record.organization] = Organization(
                    slug=self._slug(Organization, record.organization),
                    name=record.organization,
                    kind=self.mapping.organization.kind,
                    source=self.source,
                    external_id=record.organization,
                )
                self.session.add(known[record.organization])
        self.session.flush()
        return {str(name): row.id for name, row in known.items()}

    def _districts(self, records: list[Record]) -> dict[str, int | None]:
        known = {row.name.casefold(): row for row in self.session.exec(select(District)).all()}
        for name in sorted({record.district for record in records if record.district}):
            if name.casefold() not in known:
                known[name.casefold()] = District(
                    slug=self._slug(District, name), name=name[:200], kind=DistrictKind.GEMEINDE, position=1000
                )
                self.session.add(known[name.casefold()])
        self.session.flush()
        return {name: row.id for name, row in known.items()}

    def _locations(
        self, records: list[Record], organizations: dict[str, int | None], districts: dict[str, int | None]
    ) -> dict[str, int | None]:
        known = {
            row.external_id: row
            for row in self.session.exec(select(Location).where(Location.source == self.source)).all()
        }
        for record in records:
            if record.location is None:
                continue
            place = known.get(record.external_id)
            if place is None:
                place = known[record.external_id] = Location(
                    slug=self._slug(Location, record.text["title"], record.location["city"]),
                    source=self.source,
                    external_id=record.external_id,
                    organization_id=organizations[record.organization] or 0,
                    street=record.location["street"],
                )
                self.session.add(place)
            place.organization_id = organizations[record.organization] or 0
            place.district_id = districts.get(record.district.casefold())
            for name, value in record.location.items():
                setattr(place, name, value)
        self.session.flush()
        return {str(external_id): row.id for external_id, row in known.items()}

    def _offers(
        self,
        records: list[Record],
        existing: dict[str | None, Offer],
        organizations: dict[str, int | None],
        locations: dict[str, int | None],
    ) -> None:
        rows = []
        for record in records:
            offer = existing.get(record.external_id)
            if offer is None:
                city = record.location["city"] if record.location else ""
                offer = Offer(
                    slug=self._slug(Offer, record.text["title"], city),
                    status=self.status,
                    source=self.source,
                    external_id=record.external_id,
                    organization_id=organizations[record.organization] or 0,
                    kind=record.offer["kind"],
                )
                self.session.add(offer)
            offer.organization_id = organizations[record.organization] or 0
            offer.location_id = locations.get(record.external_id) if record.location else None
            offer.source_fingerprint = record.fingerprint
            for name, value in record.offer.items():
                setattr(offer, name, value)
            rows.append((record, offer))
        self.session.flush()
        self._clear_parts([offer.id for record, offer in rows if record.external_id in existing])
        for record, offer in rows:
            self._add_parts(record, offer.id or 0)
        self.session.flush()

    def _clear_parts(self, offer_ids: list[int | None]) -> None:
        for part in (OfferNeed, OfferLifePhase, OfferLifeSituation, OfferAccess, OfferLanguage):
            self.session.exec(delete(part).where(part.offer_id.in_(offer_ids)))  # type: ignore[attr-defined]
        for text in self.session.exec(select(OfferText).where(OfferText.offer_id.in_(offer_ids))).all():  # type: ignore[attr-defined]
            if text.lang == LANGUAGE:
                self.session.delete(text)
            else:
                # The source has changed under the translation.
                text.state = TextState.OUTDATED
        self.session.flush()

    def _add_parts(self, record: Record, offer_id: int) -> None:
        add = self.session.add_all
        add([OfferText(offer_id=offer_id, lang=LANGUAGE, state=TextState.SOURCE, **record.text)])
        add(OfferNeed(offer_id=offer_id, need_code=code, position=i) for i, code in enumerate(record.needs))
        add(OfferLifePhase(offer_id=offer_id, life_phase=phase) for phase in record.life_phases)
        add(OfferLifeSituation(offer_id=offer_id, life_situation=value) for value in record.life_situations)
        add(OfferAccess(offer_id=offer_id, access=access) for access in self.mapping.offer.access)
        add(OfferLanguage(offer_id=offer_id, lang=code, position=i) for i, code in enumerate(record.languages))


def write_report(result: ImportResult, path: Path) -> None:
    """What became of every row, as CSV. Cells that a spreadsheet would take for a formula get an apostrophe."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["line", "id", "outcome", "reason"])
        for row in result.rows:
            cells = (str(row.line), row.external_id, row.outcome, row.reason)
            writer.writerow("'" + cell if cell[:1] in "=+-@" and cell else cell for cell in cells)
