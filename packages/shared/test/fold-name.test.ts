import { describe, expect, it } from 'vitest';
import { foldName } from '../src/fold-name.ts';
import { createDatabase } from '../src/testing/index.ts';

describe('a name', () => {
  it('is folded as the server folds it, letter by letter', async () => {
    const letters = Array.from({ length: 0x1_0000 }, (_, code) => code)
      .filter((code) => code > 0x20 && (code < 0xd800 || code > 0xdfff))
      .map((code) => String.fromCharCode(code))
      .filter((letter) => letter.trim() !== '');
    const database = await createDatabase();
    try {
      const { rows } = await database.pool.query<{ folded: string }>(
        'SELECT lower(letter COLLATE pg_c_utf8) AS folded FROM unnest($1::text[]) WITH ORDINALITY AS t (letter, no) ORDER BY no',
        [letters],
      );
      const others = letters.filter((letter, at) => foldName(letter) !== rows[at]?.folded);
      // Letters that got small ones in a newer Unicode than the one or the other knows.
      expect(others.length).toBeLessThan(20);
      expect(others.filter((letter) => letter < '\ua000')).toEqual([]);
    } finally {
      await database.drop();
    }
  });

  it.each([
    ['  Meter 7 ', 'meter 7'],
    ['ΜΕΤΡΗΤΗΣ ΣΤΕΓΗΣ', 'μετρητησ στεγησ'],
    ['İZMİR', 'izmir'],
    ['STRASSE straße', 'strasse straße'],
    ['😀 ROOF', '😀 roof'],
  ])('%s is %s', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });
});
