// Lines that are no records and say something about those after them, such as the day of a block. Keeps the texts they said last.
import { compilePattern } from '../../model/pattern.ts';
import type { NamedPattern } from '../../model/shape.ts';

export interface Carry {
  /** What is carried now, one text per pattern; '' before the first line that says it. */
  readonly texts: readonly string[];
  /** Takes a line; true when it is one that is carried and no record. */
  take(line: string): boolean;
}

export function makeCarry(patterns: readonly NamedPattern[]): Carry {
  const compiled = patterns.map(({ pattern }) => compilePattern(pattern));
  const texts = patterns.map(() => '');
  return {
    texts,
    take(line) {
      let taken = false;
      compiled.forEach((pattern, at) => {
        const matcher = pattern.matcher(line);
        if (!matcher.find()) return;
        texts[at] = (matcher.group('value') ?? '').trim();
        taken = true;
      });
      return taken;
    },
  };
}
