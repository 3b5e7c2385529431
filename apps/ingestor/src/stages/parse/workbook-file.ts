// Opens the bytes of a workbook with SheetJS and gives its sheets. Runs in the worker; knows no threads and writes no records.

import { Fault } from '@cei-inoe/shared/errors';
import * as XLSX from '@e965/xlsx';
import type { SheetRows } from './workbook-rows.ts';
import { checkXml } from './workbook-xml.ts';
import { listEntries, unpackEntry, type ZipEntry } from './workbook-zip.ts';

/** Numbers stay numbers (dates too: SheetJS would cut them to milliseconds instead of rounding), with their format in `z`. */
const READ_OPTIONS = {
  dense: true,
  cellNF: true,
  cellText: false,
  cellHTML: false,
  cellFormula: false,
  cellDates: false,
} as const;

export interface OpenWorkbook {
  /** Visible sheets with cells, in the order of their tabs: what a sheet's number counts. */
  readonly names: readonly string[];
  /** All sheets with cells, hidden ones too. */
  readonly allNames: readonly string[];
  /** Whether serial dates count from 1904. */
  readonly is1904: boolean;
  /** @throws Fault workbook_broken */
  readSheet(name: string): SheetRows;
}

/** Opens .xlsx, .xlsm, .xlsb, .ods or .xls. @throws Fault workbook_broken, workbook_encrypted, workbook_too_large */
export async function openWorkbook(bytes: Buffer): Promise<OpenWorkbook> {
  if (bytes.toString('latin1', 0, 2) === 'PK') return openArchive(bytes);
  if (bytes.toString('hex', 0, 8) === 'd0cf11e0a1b11ae1') return openCompound(bytes);
  throw new Fault('workbook_broken', 'It is neither an .xlsx or .ods archive nor an .xls file.');
}

/** SheetJS' reader for archives that something else unpacks; it asks for entries by name. It is exported, but not in the types. */
interface ZipView {
  readonly files: Record<string, { readonly name: string; asNodeBuffer(): Buffer }>;
}
const { parse_zip: parseZip } = XLSX as unknown as {
  parse_zip(zip: ZipView, options: XLSX.ParsingOptions): XLSX.WorkBook;
};

function openArchive(bytes: Buffer): OpenWorkbook {
  const entries = attempt(() => listEntries(bytes));
  const full = makeView(bytes, entries);
  // Only Excel's own formats keep every sheet in an entry of its own; in the others all sheets are read at once.
  if (!entries.has('[Content_Types].xml')) return keepWorkbook(full.parse({}));
  const outline = makeView(bytes, entries, /sharedStrings|sheets\/[^/]*$/i).parse({});
  return {
    ...describeWorkbook(outline),
    readSheet: (name) => findRows(full.parse({ sheets: [name] }), name),
  };
}

/** A view of the archive for SheetJS, in which entries whose name matches `hidden` are empty. */
function makeView(bytes: Buffer, entries: ReadonlyMap<string, ZipEntry>, hidden?: RegExp) {
  let fault: unknown;
  const files: ZipView['files'] = Object.create(null);
  for (const entry of entries.values()) {
    files[entry.name] = {
      name: entry.name,
      asNodeBuffer() {
        if (hidden?.test(entry.name)) return Buffer.from(entry.name.endsWith('.bin') ? '' : '<empty></empty>');
        try {
          return checkXml(unpackEntry(bytes, entry), entry.name);
        } catch (error) {
          fault ??= error;
          throw error;
        }
      },
    };
  }
  return {
    /** SheetJS goes on without what it cannot read; a fault of an entry ends it here. */
    parse(options: XLSX.ParsingOptions): XLSX.WorkBook {
      const workbook = attempt(
        () => parseZip({ files }, { ...READ_OPTIONS, ...options }),
        () => fault,
      );
      if (fault !== undefined) throw describeFailure(fault);
      return workbook;
    },
  };
}

async function openCompound(bytes: Buffer): Promise<OpenWorkbook> {
  const container = attempt(() => XLSX.CFB.read(bytes, { type: 'buffer' }) as { FullPaths: string[] });
  if (container.FullPaths.some((path) => path.endsWith('/EncryptedPackage'))) throw new Fault('workbook_encrypted');
  if (!container.FullPaths.some((path) => /\/(Workbook|Book)$/i.test(path))) {
    throw new Fault(
      'workbook_broken',
      'The file is of a kind that Excel shares with other programs, but it has no sheets.',
    );
  }
  // Workbooks before Excel 97 have texts in code pages.
  XLSX.set_cptable(await import('@e965/xlsx/dist/cpexcel.full.mjs'));
  return keepWorkbook(attempt(() => XLSX.read(bytes, { ...READ_OPTIONS, type: 'buffer' })));
}

function keepWorkbook(workbook: XLSX.WorkBook): OpenWorkbook {
  return { ...describeWorkbook(workbook), readSheet: (name) => findRows(workbook, name) };
}

function describeWorkbook(workbook: XLSX.WorkBook): Omit<OpenWorkbook, 'readSheet'> {
  const withCells = workbook.SheetNames.filter((name) => !isCharted(workbook.Sheets[name]));
  if (withCells.length === 0) throw new Fault('workbook_broken', 'The workbook has no sheets with cells.');
  const hidden = new Set(workbook.SheetNames.filter((_, at) => workbook.Workbook?.Sheets?.[at]?.Hidden));
  return {
    names: withCells.filter((name) => !hidden.has(name)),
    allNames: withCells,
    is1904: workbook.Workbook?.WBProps?.date1904 === true,
  };
}

/** A chart, macro or dialog sheet. */
const isCharted = (sheet: XLSX.WorkSheet | undefined): boolean => (sheet?.['!type'] ?? 'sheet') !== 'sheet';

function findRows(workbook: XLSX.WorkBook, name: string): SheetRows {
  const sheet = workbook.Sheets[name];
  if (sheet === undefined) throw new Fault('workbook_broken', `The sheet "${name}" is damaged.`);
  return sheet['!data'] ?? [];
}

/** Runs SheetJS and puts its errors in our words. `findCause` gives what lies behind one, if something does. */
function attempt<T>(run: () => T, findCause: () => unknown = () => undefined): T {
  try {
    return run();
  } catch (error) {
    throw describeFailure(findCause() ?? error);
  }
}

/** What V8 says when a text or buffer would be larger than it can be. */
const TOO_LARGE =
  /invalid string length|allocation failed|invalid array (buffer )?length|cannot create a string longer/i;

function describeFailure(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/password|encrypt/i.test(message)) return new Fault('workbook_encrypted', message);
  if (TOO_LARGE.test(message)) return new Fault('workbook_too_large', `${message}.`, { cause });
  // What SheetJS runs into where a part is not there.
  const missing = cause instanceof TypeError || cause instanceof RangeError;
  const reason = missing ? 'parts that a workbook must have are missing or damaged' : message;
  return new Fault('workbook_broken', `The reader says: ${reason}.`, { cause });
}
