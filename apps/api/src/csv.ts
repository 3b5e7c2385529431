// Writes rows as CSV (RFC 4180). Knows no route; rows of the database itself leave by COPY.

type Cell = string | number | boolean | null;

/** A cell; a text that a spreadsheet would run as a formula begins with `'`. */
function writeCell(value: Cell | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The rows under a header of `columns`; `\n` ends every line. */
export function writeCsv(columns: readonly string[], rows: readonly Readonly<Record<string, Cell>>[]): string {
  const lines = rows.map((row) => columns.map((name) => writeCell(row[name])).join(','));
  return `${[columns.map(writeCell).join(','), ...lines].join('\n')}\n`;
}
