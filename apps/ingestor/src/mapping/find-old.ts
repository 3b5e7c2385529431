// Finds what only the old system's mappings say: file_id and device_id where this one has batch_id and datasource_id. Changes nothing.

const OLD_NAMES = new Set(['file_id', 'device_id']);
const OLD_TEMPLATE = /\{\{\s*(file_id|device_id)\s*\}\}/;

/** Paths of the places at fault; empty for a mapping of this system. A column of the user's file may be called so without harm. */
export function findOldNames(value: unknown): (readonly string[])[] {
  const found: string[][] = [];
  for (const key of keysOf(read(value, 'foreign_keys'))) {
    const said = read(read(value, 'foreign_keys'), key);
    if (OLD_NAMES.has(key) || OLD_TEMPLATE.test(String(said))) found.push(['foreign_keys', key]);
  }
  for (const path of [
    ['conflict_resolution', 'on_columns'],
    ['conflict_resolution', 'update_columns'],
    ['validation_rules', 'schema', 'required'],
  ]) {
    const list = path.reduce<unknown>(read, value);
    if (Array.isArray(list) && list.some((each) => OLD_NAMES.has(String(each)))) found.push(path);
  }
  for (const key of keysOf(read(value, 'columns'))) {
    if (OLD_NAMES.has(String(read(read(value, 'columns'), key)))) found.push(['columns', key]);
  }
  return found;
}

const keysOf = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : []);

function read(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
