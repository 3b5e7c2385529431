// Makes the name that a user or a client gave a file fit to be stored and shown. Touches no file.

const MAX_LENGTH = 255;

/**
 * The last part of `given`, without folders, control and invisible characters; `upload` when nothing is left.
 * At most 255 characters: the beginning names the datasource and the ending the format, so the middle is cut.
 */
export function cleanFileName(given: string | undefined): string {
  const last = (given ?? '').split(/[\\/]/).at(-1) ?? '';
  const name = last
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
    .trim();
  if (name === '' || name === '.' || name === '..') return 'upload';
  const characters = [...name];
  if (characters.length <= MAX_LENGTH) return name;
  return [...characters.slice(0, MAX_LENGTH - 20), ...characters.slice(-20)].join('');
}
