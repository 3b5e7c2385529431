// How external ids and aliases are compared.

const ASCII = /^[\0-\x7f]*$/;

/**
 * A name without the blanks around it, in small letters: letter by letter, as lower() of PostgreSQL makes them. toLowerCase() alone makes
 * ς of a capital sigma that ends a word and two characters of İ; such names would not be found again.
 */
export function foldName(name: string): string {
  const trimmed = name.trim();
  if (ASCII.test(trimmed)) return trimmed.toLowerCase();
  return Array.from(trimmed, (letter) => Array.from(letter.toLowerCase())[0]).join('');
}
