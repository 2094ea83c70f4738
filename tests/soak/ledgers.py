"""Ledgers as older programs left them: made by the steps of src/store/schema.c,
with the rows that a ledger of today has where the old one has a place for them."""
import os
import re
import shutil
import sqlite3
import tempfile

POSSIBLE = sqlite3.sqlite_version_info >= (3, 37) # STRICT tables


def read_steps(top):
    """[(number, sql)], as they stand in the table."""
    with open(os.path.join(top, "src", "store", "schema.c"), encoding="utf-8") as file:
        text = file.read()
    table = text[text.index("store_steps[] = {"):text.index("const size_t store_step_count")]
    table = re.sub(r"/\*.*?\*/", "", table, flags=re.S)
    found = re.findall(r'\{\s*(\d+)\s*,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}', table)
    return [(int(number), "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', sql))) for number, sql in found]


def look(path):
    """(version, shape, rows of some tables, "ok") of a ledger that nobody has open. A copy
    is looked at: what a killed process left is for our program to put right, not for us."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as folder:
        copy = os.path.join(folder, "ledger")
        for end in ("", "-wal"):
            if os.path.exists(path + end):
                shutil.copy(path + end, copy + end)
        ledger = sqlite3.connect(copy)
        version = ledger.execute("PRAGMA user_version").fetchone()[0]
        shape = sorted(row[0] for row in ledger.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
        tables = {row[0] for row in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        rows = {table: ledger.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("users", "repositories", "credentials") if table in tables}
        sound = ledger.execute("PRAGMA integrity_check").fetchone()[0]
        ledger.close()
    return version, shape, rows, sound


class Ledgers:
    """The templates: one for each schema an old ledger can have."""

    def __init__(self, steps, folder, today):
        self.steps, self.folder, self.today = steps, folder, today
        self.last = steps[-1][0]
        self.shape = look(today)[1]
        os.makedirs(folder)
        for version in range(1, self.last):
            self.make(version)

    def path(self, version):
        return os.path.join(self.folder, str(version))

    def make(self, version):
        ledger = sqlite3.connect(self.path(version), isolation_level=None)
        ledger.execute("PRAGMA journal_mode = WAL")
        ledger.execute("ATTACH ? AS today", (self.today,))
        for number, sql in self.steps:
            if number <= version:
                ledger.execute(sql)
        tables = [row[0] for row in ledger.execute(
            "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        for table in tables:
            columns = ", ".join(row[1] for row in ledger.execute(f"PRAGMA main.table_info({table})"))
            ledger.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}")
        application = ledger.execute("PRAGMA today.application_id").fetchone()[0]
        ledger.execute("DETACH today")
        ledger.execute(f"PRAGMA application_id = {application}")
        ledger.execute(f"PRAGMA user_version = {version}")
        ledger.close()

    def put(self, version, path):
        shutil.copy(self.path(version), path)
        os.chmod(path, 0o600)
