// The report of a move that a person signs: what was found, decided, moved, refused and repaired, with every count. Markdown and JSON say the same.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printPlan } from './print-plan.ts';
import type { Probe } from './probe.ts';
import type { Verdicts } from './verdicts.ts';
import type { Verification } from './verify.ts';
import type { Decisions } from './verify-rows.ts';

export interface Report {
  readonly phase: string;
  readonly probe: Probe;
  readonly decisions: Decisions;
  readonly verdicts: Verdicts;
  readonly verification: Verification;
}

/** Writes report.json, report.md and, where there are any, differences.csv. Returns their paths. */
export async function writeReport(dir: string, report: Report): Promise<string[]> {
  await mkdir(dir, { recursive: true });
  const { verification, ...all } = report;
  const { differences, ...verified } = verification;
  const json = `${JSON.stringify({ ...all, verification: { ...verified, differences: differences.length } }, null, 2)}\n`;
  const sha = createHash('sha256').update(json).digest('hex');
  const files: [string, string][] = [
    ['report.json', json],
    ['report.md', formatMarkdown(report, sha)],
    ...(differences.length === 0 ? [] : [['differences.csv', formatCsv(report)] as [string, string]]),
  ];
  for (const [name, text] of files) await writeFile(join(dir, name), text);
  return files.map(([name]) => join(dir, name));
}

function formatMarkdown({ phase, probe, decisions, verdicts, verification }: Report, sha: string): string {
  const rows = verdicts.tables.map(
    ({ table, rows: all, migrated, rejected }) =>
      `| ${table} | ${all} | ${migrated} | ${
        Object.entries(rejected)
          .map(([reason, n]) => `${reason} ${n}`)
          .join(', ') || '–'
      } |`,
  );
  const checks = verification.checks.map(
    ({ name, passed, detail }) => `| ${passed ? 'yes' : '**no**'} | ${name} | ${detail} |`,
  );
  const conflicts = verdicts.conflicts.map(
    ({ source, field, kept, other }) => `| ${source} | ${field} | ${kept} | ${other} |`,
  );
  return [
    '# Move from the old database',
    '',
    `Phase: ${phase}. ${verification.passed ? 'Everything agrees.' : '**The databases differ.**'} SHA-256 of report.json: \`${sha}\``,
    '',
    '## Found',
    '```',
    ...printPlan(probe, verdicts),
    '```',
    '',
    '## Decided',
    '```json',
    JSON.stringify({ ...decisions, gone: undefined }, null, 2),
    '```',
    '',
    ...(conflicts.length === 0
      ? []
      : [
          'What the two registers say differently:',
          '',
          '| source | field | kept | other |',
          '|---|---|---|---|',
          ...conflicts,
          '',
        ]),
    '## Moved and refused',
    '| old table | rows | migrated | rejected |',
    '|---|---|---|---|',
    ...rows,
    '',
    '## Verified, by a path of its own',
    '| agrees | check | |',
    '|---|---|---|',
    ...checks,
    '',
    '## Signed',
    '',
    'Name: ______________________  Date: ______________  Signature: ______________________',
    '',
  ].join('\n');
}

const cell = (text: string | null): string => (text === null ? '' : `"${text.replaceAll('"', '""')}"`);

function formatCsv({ verification }: Report): string {
  const rows = verification.differences.map(({ dataset, source, at, old, new: is }) =>
    [dataset, cell(source), cell(at), cell(old), cell(is)].join(','),
  );
  return ['dataset,source,at,old,new', ...rows, ''].join('\n');
}
