// Compares what a command printed with what a page says, where ids, times and durations may differ. Runs nothing.

/** What stands in the page → what this run has in its place: the same id is the same everywhere on a page. */
export type Names = Map<string, string>;

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
interface Kind {
  readonly found: RegExp;
  readonly means: string;
  readonly isName?: boolean;
}
const KINDS: readonly Kind[] = [
  { found: new RegExp(UUID), means: UUID, isName: true },
  { found: /[0-9a-f]{8}-…/, means: UUID, isName: true },
  { found: /(?<![0-9a-z])(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{8}(?![0-9a-z])/, means: '[0-9a-f]{8}', isName: true },
  { found: /cei_[\w-]{43}/, means: 'cei_[\\w-]{43}', isName: true },
  { found: /cei_\w{6}…/, means: 'cei_[\\w-]{6}…' },
  // Pages were written in that month; times of readings lie elsewhere and are compared.
  {
    found: /2026-11-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/,
    means: '20\\d\\d-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?Z?',
  },
  { found: /\d+(\.\d+)? ms\b|\d+\.\d+ s\b/, means: '\\d+(?:\\.\\d+)? m?s' },
  { found: /…/, means: '.*' },
];

const quote = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** @param vary what differs from run to run beside these, on this page: a match in the page stands for any other */
export function makePattern(expected: string, vary: readonly RegExp[], names: Names) {
  const kinds: readonly Kind[] = [...vary.map((found) => ({ found, means: found.source })), ...KINDS];
  const any = new RegExp(kinds.map(({ found }) => `(?:${found.source})`).join('|'), 'g');
  const seen: string[] = [];
  const writeLine = (line: string): string => {
    let pattern = '';
    let at = 0;
    for (const found of line.matchAll(any)) {
      pattern += quote(line.slice(at, found.index));
      at = found.index + found[0].length;
      const kind = kinds.find((each) => new RegExp(`^(?:${each.found.source})$`).test(found[0]));
      const known = names.get(found[0]);
      if (kind?.isName !== true) pattern += `(?:${kind?.means ?? '.*'})`;
      else if (known !== undefined) pattern += quote(known);
      else if (seen.includes(found[0])) pattern += `\\${seen.indexOf(found[0]) + 1}`;
      else {
        seen.push(found[0]);
        pattern += `(${kind.means})`;
      }
    }
    return pattern + quote(line.slice(at));
  };
  // A line of JSON that a page breaks for its width.
  const text = /^[{[]/.test(expected) ? expected.replaceAll('\n', '') : expected;
  const lines = text
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${writeLine(line.trimEnd())}[ \\t]*\\n`));
  return { pattern: new RegExp(`^${lines.join('')}$`), seen };
}

/** Whether `printed` is what the page says; what stood for its ids is added to `names`. */
export function isAsWritten(printed: string, expected: string, vary: readonly RegExp[], names: Names): boolean {
  const { pattern, seen } = makePattern(expected, vary, names);
  const found = pattern.exec(`${printed.replaceAll('\r', '').trim()}\n`);
  if (found === null) return false;
  for (const [at, name] of seen.entries()) addName(names, name, found[at + 1] ?? '');
  return true;
}

/** Batches are also called by the last eight characters of their id, and shown by the first. */
function addName(names: Names, written: string, actual: string): void {
  names.set(written, actual);
  if (!new RegExp(`^${UUID}$`).test(written)) return;
  names.set(written.slice(-8), actual.slice(-8));
  names.set(`${written.slice(0, 9)}…`, actual);
}

/** `command` of the page, as it has to be said in this run. */
export function fillNames(command: string, names: Names): string {
  let filled = command;
  for (const [written, actual] of [...names].sort(([a], [b]) => b.length - a.length))
    filled = filled.replaceAll(written, actual);
  return filled;
}
