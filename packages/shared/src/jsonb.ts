// JSON for jsonb columns, which hold all that JSON can say but for two things.

/** An escape of JSON.stringify; its digits where it stands for a NUL or half of a character. */
const ESCAPE = /\\(?:u(0000|d[89a-f][0-9a-f]{2})|.)/g;

/**
 * `value` as JSON that PostgreSQL takes as jsonb, in keys and values: a NUL becomes ␀, and half of a character (a text cut in the middle
 * of one, a lone surrogate in a file) becomes U+FFFD, as decoders put for what they cannot read.
 */
export function writeJsonb(value: object): string {
  const json = JSON.stringify(value);
  if (!json.includes('\\u')) return json;
  return json.replace(ESCAPE, (all, digits?: string) =>
    digits === undefined ? all : digits === '0000' ? '␀' : '\ufffd',
  );
}
