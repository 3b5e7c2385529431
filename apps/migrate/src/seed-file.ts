// Reads a file of datasource definitions (YAML or CSV) into entries that know their lines. Judges no value and touches no database.
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type ErrorDetail, Fault } from '@cei-inoe/shared/errors';
import { CsvError, parse } from 'csv-parse/sync';
import { LineCounter, parseDocument } from 'yaml';

/** One datasource as a file has it. A field that the file does not give is absent: it stays as it is. */
export interface SeedEntry {
  readonly file: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** 1-based line of the entry, or of one of its fields. */
  readonly lineOf: (field?: PropertyKey) => number;
}

/** Columns of the table that the database fills in: a CSV that was exported from it has them, and they are not read. */
const DERIVED = new Set(['id', 'created_at', 'updated_at']);
const MAX_YAML_ALIASES = 50;

/**
 * Reads the file at `path`; its extension says whether it is YAML or CSV.
 * @throws Fault file_not_found, file_unreadable, format_unknown, datasource_invalid (with the lines at fault)
 */
export async function readSeedFile(path: string): Promise<SeedEntry[]> {
  const kind = extname(path).toLowerCase();
  if (!['.yaml', '.yml', '.csv'].includes(kind)) {
    throw new Fault('format_unknown', `${path} is neither .yaml, .yml nor .csv.`);
  }
  const text = await readText(path);
  return kind === '.csv' ? parseSeedCsv(path, text) : parseSeedYaml(path, text);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Fault(missing ? 'file_not_found' : 'file_unreadable', path, { cause: error });
  }
}

/** Reads a list of datasources, or a map with `datasources` and the `defaults` that hold where an entry says nothing. */
export function parseSeedYaml(file: string, text: string): SeedEntry[] {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true });
  const faults = document.errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    message: error.message.split('\n')[0] ?? '',
  }));
  if (faults.length > 0) throw invalid(file, faults);
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) return counter.linePos(node.range[0]).line;
    }
    return 1;
  };
  const { root, list, defaults } = findList(file, document.toJS({ maxAliasCount: MAX_YAML_ALIASES }));
  return list.map((item, at) => {
    const path = [...root, at];
    if (!isRecord(item)) throw invalid(file, [{ line: lineOf(path), message: 'A datasource is a map of its fields.' }]);
    return {
      file,
      fields: { ...defaults, ...item },
      lineOf: (field) => lineOf(field === undefined ? path : [...path, field]),
    };
  });
}

function findList(
  file: string,
  value: unknown,
): { root: string[]; list: unknown[]; defaults: Record<string, unknown> } {
  if (Array.isArray(value)) return { root: [], list: value, defaults: {} };
  const { defaults = {}, datasources, ...rest } = isRecord(value) ? value : {};
  const unknown = Object.keys(rest).map((name) => ({
    field: name,
    message: 'Only defaults and datasources stand here.',
  }));
  if (unknown.length > 0) throw invalid(file, unknown);
  if (!Array.isArray(datasources) || !isRecord(defaults)) {
    throw invalid(file, [
      { message: 'The file is a list of datasources, or a map with `datasources` (and `defaults`).' },
    ]);
  }
  return { root: ['datasources'], list: datasources, defaults };
}

/** Reads a CSV (comma or semicolon) whose header names columns of the table; an empty cell gives nothing. */
export function parseSeedCsv(file: string, text: string): SeedEntry[] {
  const records = parseRecords(file, text);
  const header = records[0]?.record.map((name) => name.trim().toLowerCase()) ?? [];
  if (!header.includes('external_id')) {
    throw invalid(file, [{ line: 1, message: 'The header has no column external_id.' }]);
  }
  return records.slice(1).map(({ record, line }) => ({ file, fields: readCells(header, record), lineOf: () => line }));
}

function parseRecords(file: string, text: string): { record: string[]; line: number }[] {
  try {
    const header = text.split('\n', 1)[0] ?? '';
    const delimiter = header.includes(';') && !header.includes(',') ? ';' : ',';
    const rows = parse(text, { bom: true, delimiter, skip_empty_lines: true, info: true });
    // `lines` is the line a record ends on; a quoted cell with line breaks makes it begin earlier.
    return (rows as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      record,
      line: info.lines - record.join('').split('\n').length + 1,
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as unknown as { lines?: number };
    throw invalid(file, [{ ...(lines === undefined ? {} : { line: lines }), message: error.message }]);
  }
}

function readCells(header: readonly string[], record: readonly string[]): Record<string, unknown> {
  const cells = header.flatMap((name, at) => {
    const cell = record[at]?.trim() ?? '';
    return cell === '' || DERIVED.has(name) ? [] : [[name, readCell(name, cell)] as const];
  });
  return Object.fromEntries(cells);
}

/** A cell as the field's type: several aliases stand in one cell between `|`, metadata is JSON. What is no JSON stays text, which the check refuses. */
function readCell(name: string, cell: string): unknown {
  if (name === 'aliases') return cell.split('|').map((alias) => alias.trim());
  if (name !== 'metadata') return cell;
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (file: string, errors: readonly ErrorDetail[]): Fault =>
  new Fault('datasource_invalid', `${file}:`, { errors });
