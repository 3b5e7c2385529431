// The results as a table of ratios, as JSON, and as the page RESULTS.md. Measures nothing.
import { execFileSync } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import { findProgram } from './reference.ts';
import { MEMORY_TARGET_GROWTH, MEMORY_TARGET_MB, type Work, type WorkResult } from './works.ts';

export interface Line {
  readonly work: string;
  readonly reference: string;
  readonly value: string;
  readonly spread: string;
  readonly target: string;
  readonly met: string;
}

const round = (ratio: number): string => ratio.toFixed(2);
const answer = (met: boolean): string => (met ? 'yes' : 'no');

/** The lines of one work: one per reference, or the two of memory. */
export function makeLines(work: Work, result: WorkResult): Line[] {
  const ratios = result.ratios.map((ratio, i) => {
    const target = i === 0 ? work.target : undefined;
    return {
      work: result.title,
      reference: ratio.reference,
      value: round(ratio.median),
      spread: `${round(ratio.min)}…${round(ratio.max)}`,
      target: target === undefined ? '' : `≤ ${target.toFixed(2)}`,
      met: target === undefined ? '' : answer(ratio.median <= target),
    };
  });
  return [...ratios, ...makeMemoryLines(result)];
}

function makeMemoryLines({ title, memory }: WorkResult): Line[] {
  const [small, large] = memory ?? [];
  if (small === undefined || large === undefined) return [];
  const growth = large.peakMb / small.peakMb;
  const rows = `${small.rows.toLocaleString('en-US')} → ${large.rows.toLocaleString('en-US')} rows`;
  return [
    {
      work: title,
      reference: `${Math.round(small.baseMb)} MB before the load`,
      value: `${Math.round(Math.max(small.peakMb, large.peakMb))} MB`,
      spread: `${Math.round(small.peakMb)} → ${Math.round(large.peakMb)} MB`,
      target: `≤ ${MEMORY_TARGET_MB} MB`,
      met: answer(Math.max(small.peakMb, large.peakMb) <= MEMORY_TARGET_MB),
    },
    {
      work: `${title}, ${rows}`,
      reference: 'the smaller file',
      value: round(growth),
      spread: '',
      target: `flat (≤ ${MEMORY_TARGET_GROWTH})`,
      met: answer(growth <= MEMORY_TARGET_GROWTH),
    },
  ];
}

const HEAD: Line = {
  work: 'work',
  reference: 'reference',
  value: 'ratio (median)',
  spread: 'spread',
  target: 'target',
  met: 'met?',
};
const KEYS = ['work', 'reference', 'value', 'spread', 'target', 'met'] as const;

/** A Markdown table that is readable as text too. */
export function makeTable(lines: readonly Line[]): string {
  const all = [HEAD, ...lines];
  const widths = KEYS.map((key) => Math.max(...all.map((line) => line[key].length)));
  const write = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [write(KEYS.map((key) => HEAD[key])), rule, ...lines.map((line) => write(KEYS.map((key) => line[key])))].join(
    '\n',
  );
}

/** What the numbers were made with: versions, cores and memory, and no names of machines or folders. */
export function describeSetting(server: string, isQuick: boolean, rounds: number): string[] {
  const psql = findProgram('psql');
  const client = psql === undefined ? 'none' : execFileSync(psql, ['--version'], { encoding: 'utf8' }).trim();
  return [
    `date: ${new Date().toISOString().slice(0, 10)}`,
    `PostgreSQL ${server}, with the settings of the embedded server, fsync on`,
    `Node ${process.versions.node}; ${client}`,
    `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${Math.round(totalmem() / 1024 ** 3)} GB of memory`,
    `${rounds} rounds of each work${isQuick ? ', small files (--quick)' : ''}`,
  ];
}

/** The page that `--write-results` writes. */
export function makePage(setting: readonly string[], lines: readonly Line[]): string {
  return `# Results of \`pnpm bench\`

Ratios of wall time, ours / reference, of runs in turn on one machine: below 1 we are faster. How they are made: \`docs/benchmarks.md\`.
This page is written by \`pnpm bench --write-results\`.

${setting.map((line) => `- ${line}`).join('\n')}

${makeTable(lines)}
`;
}
