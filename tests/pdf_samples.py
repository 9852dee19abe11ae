"""PDFs for tests: plain ones, a form, and ones with something inside that must not get in."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

AUTHOR = "Mira Verfasserin"


def named(**values: Any) -> DictionaryObject:
    """A dictionary: `named(S=NameObject("/Launch"))`."""
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in values.items()})


def make_pdf(change: Callable[[PdfWriter], None] | None = None, pages: int = 1, password: str = "") -> bytes:
    """A PDF with an author, XMP and a word on each page. `change` does something to it before it is written."""
    writer = PdfWriter()
    for number in range(pages):
        page = writer.add_blank_page(595, 842)
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 24 Tf 72 720 Td (Anmeldung {number + 1}) Tj ET".encode())
        page[NameObject("/Contents")] = writer._add_object(content)
        font = named(Type=NameObject("/Font"), Subtype=NameObject("/Type1"), BaseFont=NameObject("/Helvetica"))
        page[NameObject("/Resources")] = named(Font=named(F1=font))
    writer.add_metadata({"/Author": AUTHOR, "/Title": "Geheimer Titel", "/Creator": "Schreibprogramm"})
    xmp = DecodedStreamObject()
    xmp.set_data(f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{AUTHOR}</x:xmpmeta>".encode())
    xmp.update(named(Type=NameObject("/Metadata"), Subtype=NameObject("/XML")))
    writer.root_object[NameObject("/Metadata")] = writer._add_object(xmp)
    if change:
        change(writer)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _field(writer: PdfWriter) -> Any:
    """Of with_form_field()."""
    page: Any = writer.pages[0]
    return page["/Annots"][0].get_object()


def with_form_field(writer: PdfWriter) -> None:
    """A field to type a name into."""
    box = ArrayObject([FloatObject(number) for number in (72, 600, 300, 620)])
    field = named(
        Type=NameObject("/Annot"), Subtype=NameObject("/Widget"), FT=NameObject("/Tx"), T=TextStringObject("name"),
        Rect=box, F=NumberObject(4),
    )  # fmt: skip
    reference = writer._add_object(field)
    writer.pages[0][NameObject("/Annots")] = ArrayObject([reference])
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(named(Fields=ArrayObject([reference])))


def with_script(writer: PdfWriter) -> None:
    """As Acrobat keeps the scripts of a document: under a name."""
    script = writer._add_object(named(S=NameObject("/JavaScript"), JS=TextStringObject("app.alert(1)")))
    scripts = named(Names=ArrayObject([TextStringObject("hallo"), script]))
    writer.root_object[NameObject("/Names")] = named(JavaScript=writer._add_object(scripts))


def with_script_when_opened(writer: PdfWriter) -> None:
    action = named(S=NameObject("/JavaScript"), JS=TextStringObject("app.alert(1)"))
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)


def with_script_behind_a_field(writer: PdfWriter) -> None:
    with_form_field(writer)
    _field(writer)[NameObject("/AA")] = named(K=named(S=NameObject("/JavaScript"), JS=TextStringObject("AFNumber()")))


def with_file(writer: PdfWriter) -> None:
    writer.add_attachment("brief.exe", b"MZ")


def with_launch(writer: PdfWriter) -> None:
    """The kind of the action is kept somewhere else."""
    kind = writer._add_object(NameObject("/Launch"))
    writer.root_object[NameObject("/OpenAction")] = named(S=kind, F=TextStringObject("cmd.exe"))


def with_xfa(writer: PdfWriter) -> None:
    with_form_field(writer)
    form: Any = writer.root_object["/AcroForm"].get_object()
    stream = DecodedStreamObject()
    stream.set_data(b"<xdp:xdp/>")
    form[NameObject("/XFA")] = writer._add_object(stream)


def with_sending(writer: PdfWriter) -> None:
    with_form_field(writer)
    _field(writer)[NameObject("/A")] = named(S=NameObject("/SubmitForm"), F=TextStringObject("https://boese.example"))


def with_film(writer: PdfWriter) -> None:
    note = named(Type=NameObject("/Annot"), Subtype=NameObject("/RichMedia"))
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])


def with_address_when_opened(writer: PdfWriter) -> None:
    """Calls somebody who then knows who has opened it."""
    writer.root_object[NameObject("/OpenAction")] = named(
        S=NameObject("/URI"), URI=TextStringObject("https://b.example")
    )


def with_address_on_a_page(writer: PdfWriter) -> None:
    """As soon as the page is seen."""
    action = writer._add_object(named(S=NameObject("/URI"), URI=TextStringObject("https://b.example")))
    writer.pages[0][NameObject("/AA")] = named(O=action)


def with_address_after_the_first_page(writer: PdfWriter) -> None:
    """The document opens at its first page, and then goes on to an address."""
    then = named(S=NameObject("/URI"), URI=TextStringObject("https://b.example"))
    there = ArrayObject([writer.pages[0].indirect_reference, NameObject("/Fit")])
    action = named(S=NameObject("/GoTo"), D=there, Next=then)
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)


def with_first_page(writer: PdfWriter) -> None:
    """Opens at its first page, as word processors write it."""
    there = ArrayObject([writer.pages[0].indirect_reference, NameObject("/Fit")])
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(named(S=NameObject("/GoTo"), D=there))


ACTIVE = (
    with_script,
    with_script_when_opened,
    with_script_behind_a_field,
    with_file,
    with_launch,
    with_xfa,
    with_sending,
    with_film,
    with_address_when_opened,
    with_address_on_a_page,
    with_address_after_the_first_page,
)


@cache
def plain_pdf() -> bytes:
    return make_pdf()
