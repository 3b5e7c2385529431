// Puts a line of an app's log into words for the terminal. Prints nothing.
import { green, red, yellow } from './say.ts';

interface Entry {
  readonly level: number;
  readonly msg?: string;
  readonly app?: string;
  readonly file?: string;
  readonly dataset?: string;
  readonly code?: string;
  readonly read?: number;
  readonly rejected?: number;
  readonly notices?: readonly string[];
  readonly [name: string]: unknown;
}

const WARN = 40;
const OUTCOMES = ['inserted', 'updated', 'unchanged', 'skipped', 'rejected'] as const;
const formatCount = (count: number): string => count.toLocaleString('en-US');

/**
 * What a person is told of a log line: '' where it needs no attention, undefined where it is no line of our log.
 */
export function describeLogLine(line: string): string | undefined {
  const entry = readEntry(line);
  if (entry === undefined) return undefined;
  if (entry.msg === 'loaded') return describeLoad(entry);
  if (entry.msg === 'loaded already')
    return `${green('=')} ${entry.file}: loaded already as batch ${entry.duplicate_of}`;
  if (entry.level < WARN) return '';
  const what = entry.file === undefined ? `${entry.app}:` : `${entry.file}:`;
  return `${red('✗')} ${what} ${entry.msg ?? ''}${entry.code === undefined ? '' : ` (${entry.code})`}`;
}

function readEntry(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'level' in value ? (value as Entry) : undefined;
  } catch {
    return undefined;
  }
}

function describeLoad(entry: Entry): string {
  const counts = OUTCOMES.map((name) => [name, Number(entry[name] ?? 0)] as const)
    .filter(([name, count]) => count > 0 || name === 'inserted')
    .map(([name, count]) => `${formatCount(count)} ${name}`);
  const { rejected = 0, notices = [] } = entry;
  const mark = rejected > 0 || notices.length > 0 ? yellow('!') : green('✓');
  const met = notices.length === 0 ? '' : ` (${notices.join(', ')})`;
  return `${mark} ${entry.file}: ${entry.dataset}: ${formatCount(entry.read ?? 0)} read, ${counts.join(', ')}${met}`;
}
