"""The table of file formats."""

from bot.ports import ReportWriter
from bot.reports.csv_file import CsvWriter

WRITERS: dict[str, ReportWriter] = {writer.name: writer for writer in (CsvWriter(),)}
