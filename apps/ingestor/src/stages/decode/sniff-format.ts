// Tells from the first bytes what kind of file this is, and refuses what is not loaded. Reads no file and decodes nothing.
import { Fault } from '@cei-inoe/shared/errors';
import type { Format, SniffedFormat } from './format.ts';
import { findArchive } from './sniff-archive.ts';
import { looksLikeUtf16 } from './sniff-encoding.ts';

/** Beginnings that give a kind away, as Latin-1 text. Source: the formats' own specifications, and file(1). */
const MAGIC: readonly (readonly [string, Format, string])[] = [
  ['%PDF-', 'pdf', 'a PDF document'],
  ['\x89PNG', 'image', 'a PNG image'],
  ['\xff\xd8\xff', 'image', 'a JPEG image'],
  ['GIF8', 'image', 'a GIF image'],
  ['II*\0', 'image', 'a TIFF image'],
  ['MM\0*', 'image', 'a TIFF image'],
  ['\x1f\x8b', 'gzip', 'a gzip archive'],
  ['7z\xbc\xaf\x27\x1c', 'binary', 'a 7-Zip archive'],
  ['Rar!\x1a\x07', 'binary', 'a RAR archive'],
  ['\xfd7zXZ\0', 'binary', 'an xz archive'],
  ['BZh91AY', 'binary', 'a bzip2 archive'],
  ['\x28\xb5\x2f\xfd', 'binary', 'a Zstandard archive'],
  ['PAR1\x15', 'binary', 'a Parquet file'],
  ['SQLite format 3\0', 'binary', 'an SQLite database'],
  ['{\\rtf', 'binary', 'an RTF document'],
  ['\x7fELF', 'binary', 'a program'],
  ['\xff\xfe\0\0', 'binary', 'text in UTF-32'],
  ['\0\0\xfe\xff', 'binary', 'text in UTF-32'],
];

/** Kinds of text by how it begins, behind a byte order mark and blanks. */
const TEXT_BEGINNINGS: readonly (readonly [RegExp, Format, string])[] = [
  [
    /^(100,NEM1[23],|[23]00,[^\n]*,KWH?,)/i,
    'records',
    'NEM12 or NEM13 (records of several kinds that belong together)',
  ],
  [/^<\?xml[^>]*>[\s\S]{0,2000}http:\/\/naesb\.org\/espi/, 'xml', 'Green Button XML'],
  [/^<(!doctype\s+html|html|head|body|table|meta)\b/i, 'html', 'an HTML page'],
  [/^<\?xml[^>]*>\s*(<!doctype html|<html)/i, 'html', 'an HTML page'],
  [/^<(\?xml|!--|!DOCTYPE|[A-Za-z_][\w.:-]*[\s/>])/, 'xml', 'an XML document'],
  [/^(\{\s*["}]|\[\s*[[{"\]]|\[\s*-?\d[\d.eE+-]*\s*[,\]])/, 'json', 'JSON'],
];

/**
 * Decides what `head` (the first bytes of the file, 64 KiB or so; all of a shorter one) is the beginning of.
 * The content decides; `csv` stands for any plain text with records.
 */
export function sniffFormat(head: Buffer): SniffedFormat {
  if (head.length === 0) return { format: 'empty', label: 'nothing' };
  const beginning = head.toString('latin1', 0, 16);
  const magic = MAGIC.find(([text]) => beginning.startsWith(text));
  if (magic !== undefined) return { format: magic[1], label: magic[2] };
  return findArchive(head) ?? sniffText(head);
}

function sniffText(head: Buffer): SniffedFormat {
  if (!isText(head)) return { format: 'binary', label: 'binary data' };
  const text = readBeginning(head).trimStart();
  if (text === '') return { format: 'empty', label: 'nothing but blanks' };
  const kind = TEXT_BEGINNINGS.find(([pattern]) => pattern.test(text));
  return kind === undefined ? { format: 'csv', label: 'text' } : { format: kind[1], label: kind[2] };
}

/** The beginning as text, with the NULs of UTF-16 and the byte order mark left out: enough to know markup by. */
function readBeginning(head: Buffer): string {
  const text = head.toString('latin1', 0, 4096);
  return text.replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '').replaceAll('\0', '');
}

/** 1 for each byte that no text has. */
const CONTROLS = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte < 9 || byte === 11 || (byte > 13 && byte < 32 && byte !== 26 && byte !== 27) || byte === 127),
);

/**
 * Control characters that no text has (all but tab, line ends, form feed, ^Z and escape) make it binary, above one in a hundred:
 * a logger that lost power leaves some NULs in a file that is text otherwise.
 */
function isText(head: Buffer): boolean {
  const bom = head.readUIntBE(0, Math.min(2, head.length));
  if (bom === 0xfffe || bom === 0xfeff || looksLikeUtf16(head) !== undefined) return true;
  let controls = 0;
  for (let at = 0; at < head.length; at++) controls += CONTROLS[head[at] as number] as number;
  return controls <= Math.max(2, head.length / 100);
}

const LOADED: ReadonlySet<Format> = new Set(['csv', 'workbook', 'json']);

/** Endings that promise text, and endings that promise something else. */
const TEXT_NAME = /\.(csv|tsv|txt)$/i;
const OTHER_NAME = /\.(xlsx|xlsm|xlsb|xls|ods|pdf|png|jpe?g|gif|zip|gz|docx?|pptx?|exe|parquet)$/i;

/**
 * Lets text, JSON and workbooks pass whose name does not contradict them.
 * @throws Fault file_empty, format_unknown, format_mismatch, workbook_encrypted
 */
export function checkFormat(sniffed: SniffedFormat, fileName: string): void {
  const { format, label } = sniffed;
  if (format === 'empty') throw new Fault('file_empty', `${fileName} has ${label} in it.`);
  if (!LOADED.has(format)) throw new Fault('format_unknown', `The content of ${fileName} is ${label}.`);
  if (sniffed.encrypted) throw new Fault('workbook_encrypted', fileName);
  if ((format === 'workbook' ? TEXT_NAME : OTHER_NAME).test(fileName)) {
    throw new Fault('format_mismatch', `The content of ${fileName} is ${label}.`);
  }
}
