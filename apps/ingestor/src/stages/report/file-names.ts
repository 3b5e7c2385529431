// Names of files in processed/ and rejected/: the user's own name as a label, with the batch's short id so that nothing is overwritten.
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';

/** How many digits of an id a name may carry: more, where a name with fewer is taken. */
export const ID_DIGITS = [8, 16, 32] as const;
type IdDigits = (typeof ID_DIGITS)[number];

/** Part of a batch id that differs between batches of the same second. */
export const shortenId = (batchId: string, digits: IdDigits = 8): string => batchId.replaceAll('-', '').slice(-digits);

/** File systems take 255 bytes; an id and `.rejects.csv` or `.error.json` come on top. */
const MAX_LABEL_BYTES = 200;
const MAX_EXTENSION_BYTES = 16;

/** A user's name without folders, control characters and what file systems refuse; never empty, never hidden, never too long. */
export function makeLabel(name: string): string {
  const safe = basename(name.replaceAll('\\', '/'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069<>:"|?*/]/g, '_')
    .replace(/^\.+/, '');
  return safe === '' ? 'file' : shorten(safe);
}

/** Cuts the middle out: what a name begins with says whose it is, and its extension what it is. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_LABEL_BYTES) return name;
  const found = extname(name);
  const extension = Buffer.byteLength(found) <= MAX_EXTENSION_BYTES ? found : '';
  let stem = '';
  let bytes = Buffer.byteLength(extension);
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_LABEL_BYTES) break;
    stem += character;
  }
  return stem + extension;
}

/** `meter-2025.csv` → `meter-2025.1a2b3c4d.csv` */
export function nameKept(name: string, batchId: string, digits: IdDigits = 8): string {
  const label = makeLabel(name);
  const extension = extname(label);
  return `${label.slice(0, label.length - extension.length)}.${shortenId(batchId, digits)}${extension}`;
}

/** `meter-2025.csv` → `meter-2025.csv.1a2b3c4d.rejects.csv` */
export const nameRejects = (name: string, batchId: string): string =>
  `${makeLabel(name)}.${shortenId(batchId)}.rejects.csv`;

/** What a file called `name` is called in its folder until it is whole: hidden and short, and the same one when it is made again after a crash. */
export const namePart = (name: string): string =>
  `.${createHash('sha256').update(name).digest('hex').slice(0, 32)}.part`;

export const PART_NAME = /^\.[0-9a-f]{32}\.part$/;
