"""The JSON files beside the segment: one per symbol and one for the stream, each replaced as a whole.

An ordinary reader of the segment in a process of its own: a stuck or full disk stalls nothing but the files.
docs/files.md has every field and what a reader of the files may rely on.
"""

from tickring.file_names import NoFileName, file_name_of, symbol_of
from tickring.flusher.flusher import Flusher
from tickring.flusher.process import run_flusher
from tickring.flusher.quote_document import QuoteDocument, QuoteScribe
from tickring.flusher.stream_directory import FilesBusy, StreamDirectory
from tickring.flusher.stream_status import STATUS_FILE, StreamStatus, write_stream_status

__all__ = [
    "STATUS_FILE",
    "FilesBusy",
    "Flusher",
    "NoFileName",
    "QuoteDocument",
    "QuoteScribe",
    "StreamDirectory",
    "StreamStatus",
    "file_name_of",
    "run_flusher",
    "symbol_of",
    "write_stream_status",
]
