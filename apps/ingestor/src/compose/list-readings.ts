// Lists the ways in which a file may be read: what is around its bytes, its encoding, and dialect after dialect. Looks at no header.
import { Fault } from '@cei-inoe/shared/errors';
import type { Dialect, Wrapping } from '../model/dialect.ts';
import type { Mapping } from '../model/mapping.ts';
import type { ReadingPlan } from '../model/plan.ts';
import { decodeToUtf8 } from '../stages/decode/decode-text.ts';
import type { SniffedFormat } from '../stages/decode/format.ts';
import { sniffEncoding } from '../stages/decode/sniff-encoding.ts';
import { checkFormat, sniffFormat } from '../stages/decode/sniff-format.ts';
import { openUnwrapped } from '../stages/decode/unwrap.ts';
import { listMembers, listNames } from '../stages/decode/zip-members.ts';
import { listDialects } from '../stages/parse/csv-dialect.ts';
import { decideJson } from '../stages/parse/json.ts';

/** A file with one column in every dialect fits no mapping; it is read somehow, so that the message can show it. */
const ONE_COLUMN = { kind: 'csv', delimiter: ',', quote: '"' } as const;
const HEAD_BYTES = 256 * 1024;

/** Bytes at the beginning of the file, and what they are. */
interface Beginning {
  readonly wrapping: Wrapping;
  readonly head: Buffer;
  readonly format: SniffedFormat;
  readonly path: string;
}

/**
 * The readings of the file at `path` that a mapping may fit, the likeliest first.
 * @throws Fault file_empty, format_*, archive_*, unpacked_too_large, workbook_encrypted, json_*, mapping_*
 */
export async function* listReadings(
  path: string,
  fileName: string,
  mappings: readonly Mapping[],
): AsyncGenerator<ReadingPlan> {
  const file = await openBeginning(path, fileName);
  if (file.format.format === 'workbook') yield* listSheetReadings(file, mappings);
  else if (file.format.format === 'json') yield* listJsonReadings(file, mappings);
  else yield* listCsvReadings(file, mappings);
}

async function openBeginning(path: string, fileName: string): Promise<Beginning> {
  const outer = await readHead(path, 'none');
  const { wrapping, name } = await findWrapping(path, fileName, sniffFormat(outer));
  const head = wrapping === 'none' ? outer : await readHead(path, wrapping);
  const format = sniffFormat(head);
  if (wrapping !== 'none' && (format.format === 'gzip' || format.format === 'zip')) {
    throw new Fault('archive_nested', `${fileName} has ${format.label} in it.`);
  }
  checkFormat(format, name);
  return { wrapping, head, format, path };
}

/** What is around the file, and the name of what is inside. A workbook is an archive, too: its own entries tell it. */
async function findWrapping(path: string, fileName: string, outer: SniffedFormat) {
  if (outer.format === 'gzip') return { wrapping: 'gzip' as const, name: fileName.replace(/\.gz(ip)?$/i, '') };
  const isZip = outer.format === 'zip' || /\.(xlsx|ods)\)/.test(outer.label);
  if (!isZip) return { wrapping: 'none' as const, name: fileName };
  const names = await listNames(path).catch(() => undefined);
  const isWorkbook =
    names === undefined || names.some((name) => /^(\[Content_Types\]\.xml|content\.xml|mimetype)$/.test(name));
  if (isWorkbook) return { wrapping: 'none' as const, name: fileName };
  const [member] = await listMembers(path);
  return { wrapping: 'zip' as const, name: member?.name.split('/').at(-1) ?? fileName };
}

async function readHead(path: string, wrapping: Wrapping): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of openUnwrapped(path, wrapping)) {
    pieces.push(Buffer.from(piece));
    bytes += piece.length;
    if (bytes >= HEAD_BYTES) break;
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES);
}

const isFor = (mapping: Mapping, ...formats: readonly string[]): boolean => formats.includes(mapping.file.format);

function* listSheetReadings({ wrapping }: Beginning, mappings: readonly Mapping[]): Generator<ReadingPlan> {
  const wanted = mappings.filter((m) => isFor(m, 'auto', 'workbook')).map((m) => m.file.sheet);
  const sheets = new Set(mappings.length === 0 ? [1] : wanted);
  for (const sheet of sheets) yield { wrapping, encoding: 'utf-8', bomBytes: 0, dialect: { kind: 'workbook', sheet } };
}

/** What mappings pin comes first, as it is more than evidence; then what the text itself says. */
function* listCsvReadings({ wrapping, head }: Beginning, mappings: readonly Mapping[]): Generator<ReadingPlan> {
  const sniffed = sniffEncoding(head);
  const seen = new Set<string>();
  for (const pins of listPins(mappings)) {
    const encoding = pins.encoding === 'auto' ? sniffed.encoding : pins.encoding;
    const bomBytes = pins.encoding === 'auto' || encoding === sniffed.encoding ? sniffed.bomBytes : 0;
    const text = new TextDecoder(encoding).decode(head.subarray(bomBytes), { stream: true });
    for (const dialect of listTextDialects(Buffer.from(text), pins)) {
      const key = `${encoding} ${dialect.delimiter} ${dialect.quote}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield { wrapping, encoding, bomBytes, dialect };
    }
  }
}

type Pins = Pick<Mapping['file'], 'encoding' | 'delimiter' | 'quote'>;
const NO_PINS: Pins = { encoding: 'auto', delimiter: 'auto', quote: '"' };

/** The different pins of the mappings; none of them last, which is what most mappings have. */
function listPins(mappings: readonly Mapping[]): readonly Pins[] {
  const pins = new Map<string, Pins>();
  for (const { file } of mappings) {
    if (file.encoding === 'auto' && file.delimiter === 'auto' && file.quote === '"') continue;
    pins.set(`${file.encoding} ${file.delimiter} ${file.quote}`, file);
  }
  return [...pins.values(), NO_PINS];
}

function listTextDialects(text: Buffer, pins: Pins) {
  const quote = pins.quote === '' ? null : pins.quote;
  if (pins.delimiter !== 'auto') return [{ kind: 'csv' as const, delimiter: pins.delimiter, quote }];
  const listed = listDialects(text);
  const dialects = listed.length > 0 ? listed : [ONE_COLUMN];
  return pins.quote === '"' ? dialects : dialects.map((dialect) => ({ ...dialect, quote }));
}

/** One reading for each place of the records that mappings name, then the one that the document itself gives away. */
async function* listJsonReadings(file: Beginning, mappings: readonly Mapping[]): AsyncGenerator<ReadingPlan> {
  const { encoding, bomBytes } = sniffEncoding(file.head);
  const open = () => decodeToUtf8(encoding, bomBytes)(openUnwrapped(file.path, file.wrapping));
  // What is pinned is more than evidence: a single object may be a document or a line.
  const isPinned = mappings.length > 0 && mappings.every((mapping) => isFor(mapping, 'ndjson'));
  const lines = isPinned || isNdjson(file.head.subarray(bomBytes));
  const places = new Map<string, Mapping | undefined>();
  for (const mapping of mappings) {
    if (!isFor(mapping, 'auto', lines ? 'ndjson' : 'json')) continue;
    const { records, carry } = mapping.file;
    if (records !== undefined || isFor(mapping, 'json', 'ndjson'))
      places.set(JSON.stringify([records, carry]), mapping);
  }
  places.set('', undefined);
  let fault: unknown;
  let found = 0;
  for (const mapping of places.values()) {
    const question = { lines, records: mapping?.file.records, carry: mapping?.file.carry ?? {} };
    try {
      const dialect: Dialect = await decideJson(open, question);
      found++;
      yield { wrapping: file.wrapping, encoding, bomBytes, dialect };
    } catch (error) {
      // The place of one mapping may not be there, where another one's is.
      if (!(error instanceof Fault) || error.code !== 'json_records_unknown') throw error;
      fault ??= error;
    }
  }
  if (found === 0) throw fault;
}

/** Two lines or more, and the first is a JSON value by itself. */
function isNdjson(head: Buffer): boolean {
  const text = head.toString('utf8').trimStart();
  const end = text.indexOf('\n');
  if (end < 0 || !/^\s*[[{]/.test(text.slice(end))) return false;
  try {
    return typeof JSON.parse(text.slice(0, end)) === 'object';
  } catch {
    return false;
  }
}
