// Tells workbooks from other zip and OLE2 containers by the names inside. Unpacks nothing.
import type { SniffedFormat } from './format.ts';

const ZIP_ENTRY = Buffer.from('PK\x03\x04', 'latin1');
const ZIP_END = Buffer.from('PK\x05\x06', 'latin1');
const OLE2 = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const ENCRYPTED_PACKAGE = Buffer.from('EncryptedPackage', 'utf16le');
const ODS_TYPE = 'application/vnd.oasis.opendocument.spreadsheet';

/** What kind of archive `head` begins, or undefined where it is none. */
export function findArchive(head: Buffer): SniffedFormat | undefined {
  if (startsWith(head, OLE2)) {
    // Word and the like share the container; the workbook reader tells them apart.
    return { format: 'workbook', label: 'a workbook (.xls)', encrypted: head.includes(ENCRYPTED_PACKAGE) };
  }
  if (startsWith(head, ZIP_END)) return { format: 'zip', label: 'an empty zip archive' };
  return startsWith(head, ZIP_ENTRY) ? sniffZip(head) : undefined;
}

const startsWith = (head: Buffer, magic: Buffer): boolean => head.subarray(0, magic.length).equals(magic);

function sniffZip(head: Buffer): SniffedFormat {
  const names = listNames(head);
  const has = (beginning: string) => names.some((name) => name.startsWith(beginning));
  if (has('word/') || has('ppt/')) return { format: 'zip', label: 'a text document or presentation' };
  if (has('xl/') || has('[Content_Types].xml')) return { format: 'workbook', label: 'a workbook (.xlsx)' };
  if (isOpenSpreadsheet(head, names)) return { format: 'workbook', label: 'a workbook (.ods)' };
  return { format: 'zip', label: 'a zip archive' };
}

/** OpenDocument packages begin with their type, stored as plain text; not all writers obey. */
function isOpenSpreadsheet(head: Buffer, names: readonly string[]): boolean {
  if (names[0] !== 'mimetype') return names.includes('content.xml');
  const at = 30 + 'mimetype'.length + head.readUInt16LE(28);
  return head.toString('latin1', at, at + ODS_TYPE.length) === ODS_TYPE;
}

/** Names of the entries whose headers are within `head`. Source: APPNOTE.TXT 4.3.7 (name length at 26, name at 30). */
function listNames(head: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at >= 0 && at + 30 < head.length; at = head.indexOf(ZIP_ENTRY, at + 4)) {
    names.push(head.toString('latin1', at + 30, at + 30 + head.readUInt16LE(at + 26)));
  }
  return names;
}
