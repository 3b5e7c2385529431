// Refuses the XML of a workbook that is cut off, spoilt or hostile, which SheetJS would read as far as it goes. Does not parse it.
import { Fault } from '@cei-inoe/shared/errors';

/** What may stand before the first element: a byte order mark, declarations, comments, blanks. */
const PROLOGUE =
  /^(?:\xef\xbb\xbf)?(?:\s|<\?(?:(?!\?>)[\s\S])*\?>|<!--(?:(?!-->)[\s\S])*-->|<!DOCTYPE[^>[]*>)*<([A-Za-z_][\w.:-]*)/;

/** What may stand behind the last one. */
const TRAILER = /(?:\s|<!--(?:(?!-->)[\s\S])*-->)+$/;

const ENTITY = Buffer.from('<!ENTITY');
/** As bytes: a search for UTF-16 text in a buffer at an odd address never ends in Node 20. */
const WIDE_ENTITY = Buffer.from('<!ENTITY', 'utf16le');

/**
 * Lets the content of one entry pass if it is not XML, or begins with an element, ends with the end of that element, and declares no entities: no
 * spreadsheet program declares any, only entity bombs do.
 * @throws Fault workbook_broken
 */
export function checkXml(content: Buffer, name: string): Buffer {
  if (!/\.(xml|rels)$/i.test(name) || content.length === 0) return content;
  const beginning = content.subarray(0, 65_536);
  if (beginning.includes(ENTITY) || beginning.includes(WIDE_ENTITY)) {
    throw new Fault('workbook_broken', `${name} declares entities, which no spreadsheet program does.`);
  }
  const wide = beginning[0] === 0xff || beginning[0] === 0xfe;
  if (!wide && !isWhole(content)) throw new Fault('workbook_broken', `${name} is not well-formed XML, or cut off.`);
  return content;
}

function isWhole(content: Buffer): boolean {
  const root = PROLOGUE.exec(content.toString('latin1', 0, 8192))?.[1];
  if (root === undefined) return false;
  const end = content.toString('latin1', Math.max(0, content.length - 1024)).replace(TRAILER, '');
  const name = root.replaceAll('.', '\\.');
  return new RegExp(`(?:</${name}\\s*>|<${name}(?:\\s[^<>]*)?/>)$`).test(end);
}
