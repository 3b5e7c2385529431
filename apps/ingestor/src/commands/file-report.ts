// What is told about one file after `pnpm ingest`: as data, and as lines for people.
import { join } from 'node:path';
import { describeFault } from '@cei-inoe/shared/errors';
import { DOUBTS, type Note } from '../compose/notes.ts';
import type { Surroundings } from '../compose/settings.ts';
import type { ClaimedBatch } from '../model/batch.ts';
import type { ChangeExample } from '../model/change.ts';
import type { Counts } from '../model/counts.ts';
import type { Outcome } from '../queue/run-claimed.ts';
import { describeFailure } from '../stages/report/fail-batch.ts';
import { nameRejects } from '../stages/report/file-names.ts';
import { describeExamples, describeRecords } from './describe-operation.ts';
import { dim, green, red, yellow } from './output.ts';

export interface FileReport {
  readonly file: string;
  readonly batch_id: string | null;
  readonly status: 'completed' | 'duplicate' | 'failed' | 'postponed';
  readonly dry_run: boolean;
  readonly exit: number;
  readonly dataset: string | null;
  readonly mapping: string | null;
  readonly datasource: string | null;
  readonly counts: Omit<Counts, 'lines'> | null;
  readonly duplicate_of: string | null;
  readonly error: object | null;
  readonly rejects_file: string | null;
  /** Of a dry run: readings that the load would change. */
  readonly examples: readonly ChangeExample[];
  /** What was met that refuses nothing; docs/readings.md has the codes. */
  readonly notices: readonly Note[];
  readonly outcome: Outcome;
}

export function makeReport(
  dataDir: string,
  file: string,
  batch: ClaimedBatch | undefined,
  outcome: Outcome,
): FileReport {
  const loaded = outcome.kind === 'loaded' ? outcome.loaded : undefined;
  const fault = outcome.kind === 'failed' || outcome.kind === 'postponed' ? outcome.fault : undefined;
  const rejected = loaded?.counts.rejected ?? (fault?.facts.counts as Counts | undefined)?.rejected ?? 0;
  return {
    file,
    batch_id: batch?.batchId ?? null,
    status: outcome.kind === 'loaded' ? 'completed' : outcome.kind,
    dry_run: batch?.dryRun ?? false,
    exit: fault?.exit ?? (rejected > 0 ? 3 : 0),
    dataset: loaded?.plan.mapping.dataset.name ?? null,
    mapping: loaded?.plan.mapping.name ?? null,
    datasource: loaded?.source?.externalId ?? null,
    counts: loaded === undefined ? null : dropLines(loaded.counts),
    duplicate_of: outcome.kind === 'duplicate' ? outcome.of : null,
    error: fault === undefined ? null : describeFailure(fault),
    rejects_file:
      batch === undefined || batch.dryRun || rejected === 0
        ? null
        : join(dataDir, 'rejected', nameRejects(batch.sourceName, batch.batchId)),
    examples: loaded?.examples ?? [],
    notices: loaded?.notices ?? [],
    outcome,
  };
}

const dropLines = ({ lines: _, ...counts }: Counts): Omit<Counts, 'lines'> => counts;

/** Lines for the terminal: one for the outcome, then the first refusals. */
export async function describeOutcome(around: Surroundings, report: FileReport): Promise<string> {
  const { outcome } = report;
  const refused = report.rejects_file !== null || (report.dry_run && (report.counts?.rejected ?? 0) > 0);
  const refusals = refused ? await listRefusals(around, report) : [];
  if (outcome.kind === 'failed' || outcome.kind === 'postponed') {
    const waits = `  Batch ${report.batch_id} waits in the queue: an ingestor that runs, or the next one, takes it up.`;
    const rest = outcome.kind === 'postponed' ? [waits] : refusals;
    return [red(`✗ ${report.file}`), describeFault(outcome.fault), ...rest].join('\n');
  }
  if (outcome.kind === 'duplicate') {
    return `${green('=')} ${report.file}: loaded already as batch ${report.duplicate_of}; --force loads it again.`;
  }
  const { loaded } = outcome;
  const mark = loaded.counts.rejected > 0 ? yellow('!') : green('✓');
  const dry = report.dry_run ? ' (dry run: nothing was kept)' : '';
  const whose = report.datasource === null ? '' : ` of ${report.datasource}`;
  const first = `${mark} ${report.file}: ${loaded.plan.mapping.dataset.name}${whose}: ${describeRecords(loaded.counts)}${dry}`;
  const changes = describeExamples(loaded.examples, loaded.counts.updated);
  const notices = loaded.notices
    .filter(({ code }) => DOUBTS.has(code))
    .map((each) => yellow(`  ${describeNotice(each)}`));
  return [first, dim(`  batch ${report.batch_id}`), ...notices, ...changes, ...refusals].join('\n');
}

function describeNotice({ code, count, samples }: Note): string {
  switch (code) {
    case 'sheet_unread': {
      const names = samples.map(({ text }) => `"${text}"`).join(', ');
      return `sheet_unread: ${names}${count > samples.length ? ' …' : ''}; \`file.sheet\` says which sheet is read`;
    }
    case 'finer_than_hourly':
      return `finer_than_hourly: ${count} readings, stored as they stand; \`aggregate\` adds them up to hours`;
    default:
      return `${code}: ${count} times; docs/readings.md says what it means`;
  }
}

const SHOWN = 8;

async function listRefusals(around: Surroundings, report: FileReport): Promise<string[]> {
  const { rows } = await around.pool.query<{
    line: string;
    errors: { column: string | null; text: string | null; code: string; message: string }[];
  }>('SELECT line, errors FROM ingest_rejection WHERE batch_id = $1 ORDER BY rejection_no LIMIT $2', [
    report.batch_id,
    SHOWN,
  ]);
  const lines = rows.flatMap(({ line, errors }) =>
    errors.map((e) => {
      const where = e.column === null ? `line ${line}` : `line ${line}, ${e.column}`;
      const text = e.text === null || e.column === null ? '' : ` "${e.text}"`;
      return `  ${where}:${text} ${e.code}: ${e.message}`;
    }),
  );
  return [...lines, `  All refused records: ${report.rejects_file ?? `pnpm batches rejects ${report.batch_id}`}`];
}
