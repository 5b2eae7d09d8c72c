"""Why a file, a mapping or a mended row is refused."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class UnreadableFile(Refusal):
    """Nothing can be read from this file; each subclass says why."""

    code: ClassVar[str] = "file_unreadable"


class FileEmpty(UnreadableFile):
    """The file holds no rows."""

    code: ClassVar[str] = "file_empty"


class HeaderOnly(UnreadableFile):
    """The file names its columns, and holds not one row under them."""

    code: ClassVar[str] = "file_header_only"


class FileIsNoise(UnreadableFile):
    """The file holds neither text, nor a workbook, nor Parquet."""

    code: ClassVar[str] = "file_is_noise"


class FileDamaged(UnreadableFile):
    """The file begins as XLSX or Parquet (`kind`) but breaks off or does not add up."""

    code: ClassVar[str] = "file_damaged"


class FileTooLarge(UnreadableFile):
    """Unpacked, the file would be larger than `most` megabytes."""

    code: ClassVar[str] = "file_too_large"


class CellTooLarge(UnreadableFile):
    """The cell that begins on `line` holds more than `most` characters: is a quote missing?"""

    code: ClassVar[str] = "cell_too_large"


class WrongExtension(UnreadableFile):
    """The file's name promises `extension`, but it holds `found`."""

    code: ClassVar[str] = "wrong_extension"


class FileProtected(UnreadableFile):
    """A workbook with a password, or of Excel before 2007: save it as XLSX without a password."""

    code: ClassVar[str] = "file_protected"


class FileGone(UnreadableFile):
    """The file is not there any more."""

    code: ClassVar[str] = "file_gone"


class UnknownLayout(Refusal):
    """No layout knows these `columns`; somebody has to say what they mean."""

    code: ClassVar[str] = "unknown_layout"


class NoSuchLayout(Refusal):
    """There is no layout of this `name`; `layouts` are there."""

    code: ClassVar[str] = "no_such_layout"


class ColumnsMissing(Refusal):
    """The layout needs the `fields`, and no column is mapped to them."""

    code: ClassVar[str] = "columns_missing"


class NoSuchColumn(Refusal):
    """The mapping names a `column` that the file does not have."""

    code: ClassVar[str] = "no_such_column"


class NoSuchField(Refusal):
    """The mapping names a `field` that the layout does not know."""

    code: ClassVar[str] = "no_such_field"


class BadAnswer(Refusal):
    """The answer to `question` is none of what it may be."""

    code: ClassVar[str] = "bad_answer"


class RowStillBad(Refusal):
    """The row cannot be read yet: `problem` in `column`."""

    code: ClassVar[str] = "row_still_bad"


class RowClosed(Refusal):
    """This row was mended or dropped before."""

    code: ClassVar[str] = "row_closed"


class BatchClosed(Refusal):
    """This file was imported already, or is being imported now (`status`)."""

    code: ClassVar[str] = "batch_closed"


class ImportBusy(Refusal):
    """Another file is on its way in, and took too long to wait for."""

    code: ClassVar[str] = "import_busy"
