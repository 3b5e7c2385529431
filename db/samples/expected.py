#!/usr/bin/env python3
"""What the committed samples hold: records, refusals and sums, computed without a line of the product or of the generator.

    python3 db/samples/expected.py            prints the JSON
    python3 db/samples/expected.py --write    writes it to expected.json beside this file

Needs Python 3.9 or later with the IANA zone data. Local times are resolved by zoneinfo; an hour that occurs twice is resolved by
the order of the file. Sums are exact (decimal). Lines are those of the file, the header being line 1.
"""
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
NICOSIA = ZoneInfo("Asia/Nicosia")
CHANGES = (date(2025, 3, 30), date(2025, 10, 26))
STATION = ["atm_pressure", "noise_level_db", "temperature", "humidity", "pm10", "pm2p5",
           "wind_speed", "wind_direction_sectors", "wind_angle"]
HERD = ["day_production_per_cow_kg", "number_of_animals", "average_lactation_days", "fed_per_cow_total_kg",
        "fed_per_cow_water_kg", "feed_efficiency", "rumination_minutes"]
TIMES = ("%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


def read_csv(path):
    """(encoding, separator, [(line, cells)]) of a file without quoted cells."""
    data = path.read_bytes()
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding = "windows-1252"
        text = data.decode(encoding)
    assert '"' not in text
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    separator = ";" if ";" in lines[0] else ","
    rows = [(number, line.split(separator)) for number, line in enumerate(lines, 1) if line]
    return encoding, separator, len(lines), rows


def read_xlsx(path):
    """(None, None, rows in the sheet, [(row, cells)]); true date cells come as ISO days."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(path) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        strings = ["".join(item.itertext()) for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
    rows = []
    for row in sheet.iterfind(".//m:row", space):
        cells = [""] * 8
        for cell in row.iterfind("m:c", space):
            column = ord(cell.get("r")[0]) - ord("A")
            value = cell.find("m:v", space).text
            if cell.get("t") == "s":
                value = strings[int(value)]
            elif column == 0:
                value = (date(1899, 12, 30) + timedelta(days=int(value))).isoformat()
            cells[column] = value
        rows.append((int(row.get("r")), cells))
    return None, None, len(rows), rows


def parse_time(text):
    for form in TIMES:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            pass
    return None


def resolve(local, previous):
    """The instant of a local time: None if the clocks skipped it, the next one after `previous` if it occurs twice."""
    instants = sorted({local.replace(tzinfo=NICOSIA, fold=fold).astimezone(timezone.utc) for fold in (0, 1)})
    real = [one for one in instants if one.astimezone(NICOSIA).replace(tzinfo=None) == local]
    if not real:
        return None
    later = [one for one in real if previous is None or one > previous]
    return later[0] if later else real[0]


def parse_number(text, separator):
    if separator == ";":
        assert "." not in text
        text = text.replace(",", ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def examine(path):
    encoding, separator, lines, rows = (read_xlsx if path.suffix == ".xlsx" else read_csv)(path)
    header = rows[0][1]
    if header[1] in ("Hourly", "Daily"):
        dataset, fields = f"energy_{header[1].lower()}", ["energy_kwh"]
    elif header[0] == "Date":
        dataset, fields = "dairy_production", HERD
    else:
        dataset, fields = "environmental_metrics", STATION
    is_day = dataset in ("energy_daily", "dairy_production")
    limit = {"energy_hourly": 10_000, "energy_daily": 240_000}.get(dataset)
    records, refused, good, previous = 0, [], [], None
    for line, cells in rows[1:]:
        if re.match(r"AVG|SUM|TOTAL", cells[0]):
            continue
        records += 1
        codes = []
        if len(cells) != len(header):
            refused.append({"line": line, "codes": ["ragged_row"]})
            continue
        local = parse_time(cells[0])
        key = local.date() if local and is_day else local and resolve(local, previous)
        if local is None:
            codes.append("not_a_time")
        elif key is None:
            codes.append("nonexistent_local_time")
        elif not is_day:
            previous = key
        values = []
        for text in cells[1:]:
            value = None if text == "" else parse_number(text, separator)
            if limit and text == "":
                codes.append("required")
            elif text != "" and value is None:
                codes.append("not_a_number")
            elif limit and not 0 <= value <= limit:
                codes.append("out_of_range")
            values.append(value)
        if codes:
            refused.append({"line": line, "codes": codes})
        else:
            good.append((line, key, values))
    by_key = {}
    for line, key, values in good:
        by_key.setdefault(key, []).append((line, values))
    accepted, skipped = {}, 0
    for key, entries in by_key.items():
        if any(values != entries[0][1] for _, values in entries):
            refused += [{"line": line, "codes": ["duplicate_conflict"]} for line, _ in entries]
        else:
            accepted[key] = entries[0][1]
            skipped += len(entries) - 1
    refused.sort(key=lambda one: one["line"])
    return describe(path, dataset, fields, is_day, encoding, separator, lines, records, refused, skipped, accepted)


def describe(path, dataset, fields, is_day, encoding, separator, lines, records, refused, skipped, accepted):
    show = (lambda key: key.isoformat()) if is_day else (lambda key: key.strftime("%Y-%m-%dT%H:%M:%SZ"))
    days = [key if is_day else key.astimezone(NICOSIA).date() for key in accepted]
    columns = {
        name: [values[at] for values in accepted.values() if values[at] is not None] for at, name in enumerate(fields)
    }
    return {
        "file": path.name,
        "datasource": find_datasource(path.name),
        "dataset": dataset,
        "encoding": encoding,
        "separator": separator,
        "lines": lines,
        "records": records,
        "accepted": len(accepted),
        "skipped": skipped,
        "rejected": len(refused),
        "refused": refused,
        "first": show(min(accepted)),
        "last": show(max(accepted)),
        "on_days_of_change": {day.isoformat(): days.count(day) for day in CHANGES if day in days},
        "present": {name: len(values) for name, values in columns.items()},
        "sums": {name: float(sum(values)) for name, values in columns.items()},
    }


def find_datasource(name):
    """The external id that the file name begins with; the grid meter's two registers go by an alias."""
    register = re.match(r"([0-9a-f]{24})-(import|export)-", name)
    if register:
        return f"{register[1]}:{register[2]}"
    return re.match(r"[0-9a-f]{24}|[a-z]+-(?:weather|robot)", name)[0]


if __name__ == "__main__":
    found = [examine(path) for path in sorted(HERE.iterdir()) if path.suffix in (".csv", ".xlsx")]
    totals = {
        name: sum(one[name] for one in found) for name in ("records", "accepted", "skipped", "rejected")
    }
    rows = {}
    for one in found:
        rows[one["dataset"]] = rows.get(one["dataset"], 0) + one["accepted"]
    document = {"zone": "Asia/Nicosia", "totals": totals, "rows": rows, "files": found}
    # Lists of codes on one line, as the project's formatter has them.
    text = re.sub(
        r"\[\s+((?:\"\w+\",?\s+)+)\]",
        lambda found: "[" + re.sub(r",\s+", ", ", found[1].strip()) + "]",
        json.dumps(document, indent=2, ensure_ascii=False),
    )
    if "--write" in sys.argv[1:]:
        (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
