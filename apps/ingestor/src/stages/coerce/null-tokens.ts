// The words that stand for "no value" in a column (n/a, -, -9999). Knows nothing of numbers.

/** True where `bytes[start..end)`, already without blanks around it, is one of the words, in whatever case. */
export type NullMatcher = (bytes: Buffer, start: number, end: number) => boolean;

/** @param tokens as written in the mapping; blanks around them do not count, and the empty one is left to the reader. */
export function makeNullMatcher(tokens: readonly string[]): NullMatcher {
  // Letters beyond ASCII are compared as they are and in both cases, so that comparing needs no text.
  const spellings = tokens.flatMap((token) => [token.trim(), token.trim().toLowerCase(), token.trim().toUpperCase()]);
  const words = [...new Set(spellings)].filter((word) => word !== '').map((word) => Buffer.from(word, 'utf8'));
  return (bytes, start, end) => {
    for (let i = 0; i < words.length; i++) {
      if (equalsWord(words[i] as Buffer, bytes, start, end)) return true;
    }
    return false;
  };
}

function equalsWord(word: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (word.length !== end - start) return false;
  for (let i = 0; i < word.length; i++) {
    if (foldCase(word[i] as number) !== foldCase(bytes[start + i] as number)) return false;
  }
  return true;
}

const foldCase = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);
