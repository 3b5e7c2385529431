// The results as a table and as the page RESULTS.md. Measures nothing.
import { availableParallelism, totalmem } from 'node:os';
import type { Line } from './works.ts';

const HEAD = ['work', 'reference', 'ratio (median)', 'spread', 'target', 'met?'];

/** A Markdown table that is readable as text too. */
export function makeTable(lines: readonly Line[]): string {
  const rows = lines.map(({ work, reference, value, spread, target, met }) => [
    ...[work, reference, value, spread, target],
    met === null ? '' : met ? 'yes' : 'no',
  ]);
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const write = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [write(HEAD), write(widths.map((width) => '-'.repeat(width))), ...rows.map(write)].join('\n');
}

/** What the numbers were made with: versions, cores and memory, and no names of machines or folders. */
export function describeSetting(postgres: string, isQuick: boolean, rounds: number): string[] {
  return [
    `date: ${new Date().toISOString().slice(0, 10)}`,
    `PostgreSQL ${postgres}, with the settings of the embedded server`,
    `Node ${process.versions.node}`,
    `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${Math.round(totalmem() / 1024 ** 3)} GB of memory`,
    `${rounds} rounds of what is compared${isQuick ? ', a tenth of the rows (--quick)' : ''}`,
  ];
}

/** The page that `--write-results` writes. */
export function makePage(setting: readonly string[], lines: readonly Line[]): string {
  return `# Results of \`pnpm bench:api\`

Ratios ours / reference of runs in turn on one machine. How they are made: \`docs/benchmarks.md\`.
This page is written by \`pnpm bench:api --write-results\`.

${setting.map((line) => `- ${line}`).join('\n')}

${makeTable(lines)}
`;
}
