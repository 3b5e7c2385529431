// `pnpm batches show`: everything about one batch, section by section. Reads nothing itself.
import type { LoadOptions } from '@cei-inoe/shared/batches';
import type { PlanRecord } from '../compose/plan-record.ts';
import type { Surroundings } from '../compose/settings.ts';
import type { ChangeExample } from '../model/change.ts';
import { describeExamples } from './describe-operation.ts';
import { formatCount, formatTable, writeData, writeJson } from './output.ts';
import { type BatchOperation, type BatchStory, readBatch } from './read-batch.ts';

interface Row extends Readonly<Record<string, unknown>> {
  readonly batch_id: string;
  readonly status: string;
  readonly context: {
    readonly options?: LoadOptions;
    readonly zones?: Readonly<Record<string, string | null>>;
    readonly decisions?: PlanRecord;
    readonly examples?: readonly ChangeExample[];
  };
}

/** @throws Fault batch_unknown */
export async function showBatch(around: Surroundings, id: string, flags: { json?: boolean }): Promise<void> {
  const story = await readBatch(around, id);
  const { batch, ...rest } = story;
  if (flags.json === true) return writeJson({ ...batch, ...rest });
  const row = batch as Row;
  const sections = [
    formatFacts([...listIdentity(row, story), ...listReading(row), ...listOutcome(row)]),
    formatExamples(row),
    formatSection('sources', ['datasource', 'rows', 'first', 'last'], listSources(story)),
    formatSection('checks', ['check', 'refused', 'of'], listChecks(story)),
    formatSection('stages', ['stage', 'status', 'took', 'in', 'out'], listStages(story)),
    formatSection('operations', ['no', 'operation', 'status', 'asked', 'by', 'result'], listOperations(story)),
    formatSection(
      'shares readings with',
      ['batch', 'took effect', 'datasource', 'first', 'last', 'file'],
      listOverlaps(story),
    ),
  ];
  writeData(`${sections.filter((text) => text !== '').join('\n\n')}\n`);
}

type Fact = readonly [name: string, text: string | undefined];

const formatFacts = (facts: readonly Fact[]): string => {
  const told = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== '');
  return told.map(([name, text]) => `${name.padEnd(12)}${text}`).join('\n');
};

const formatSection = (title: string, header: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? '' : `${title}:\n${formatTable(header, rows).replace(/^/gm, '  ')}`;

const formatTime = (value: unknown): string | undefined =>
  value instanceof Date ? value.toISOString().replace('.000Z', 'Z') : undefined;
const text = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : String(value);
const count = (value: unknown): string => formatCount(Number(value ?? 0));

function listIdentity(row: Row, story: BatchStory): Fact[] {
  const { options = {} } = row.context;
  const given = Object.entries(options).map(([name, value]) => `${name} ${String(value)}`);
  const kept = row.file_sha256 === null ? '' : story.archived ? ', in the archive' : ', no longer in the archive';
  return [
    ['batch', row.batch_id],
    ['status', `${row.status}${row.dry_run === true ? ' (dry run)' : ''}`],
    ['replay of', text(row.replay_of)],
    ['replayed as', story.replays.map((each) => `${each.batch_id} (${each.status})`).join(', ')],
    ['same as', text(row.duplicate_of)],
    ['file', `${text(row.source_name) ?? '-'}, ${count(row.size_bytes)} bytes${kept}`],
    ['sha256', text(row.file_sha256)],
    [
      'came',
      `${formatTime(row.created_at) ?? '-'} as ${String(row.source_type)}${row.submitted_by === null ? '' : ` by ${String(row.submitted_by)}`}`,
    ],
    ['options', given.join(', ')],
    ['datasource', story.external_id ?? undefined],
    ['dataset', text(row.dataset)],
  ];
}

/** How the file was read: the mapping, and what was decided about the bytes. */
function listReading({ context, ...row }: Row): Fact[] {
  const { decisions, zones = {} } = context;
  const mapping: Fact = [
    'mapping',
    row.mapping_name === null
      ? undefined
      : `${String(row.mapping_name)} (sha256 ${String(row.mapping_sha256).slice(0, 12)}…)`,
  ];
  if (decisions === undefined) return [mapping];
  const { dialect, columns, encoding, header, header_line: line, time_format: times } = decisions;
  const form = describeForm(dialect, encoding);
  const units = columns.map((c) => `${header[c.cell] ?? '?'} → ${c.field}`);
  return [
    mapping,
    ['read as', `${form}, header in line ${line}, times ${times}`],
    ['columns', units.join('; ')],
    [
      'zones',
      Object.entries(zones)
        .map(([name, zone]) => `${name} ${zone ?? 'unknown'}`)
        .join(', '),
    ],
  ];
}

function listOutcome(row: Row): Fact[] {
  const {
    records_inserted: i,
    records_updated: u,
    records_unchanged: n,
    records_skipped: s,
    records_rejected: r,
  } = row;
  const error = row.error as { code?: string; message?: string } | null;
  const took = row.execution_time_ms === null ? '' : ` in ${count(row.execution_time_ms)} ms`;
  return [
    [
      'records',
      `${count(row.records_read)} read = ${count(i)} inserted + ${count(u)} updated + ${count(n)} unchanged + ${count(s)} skipped + ${count(r)} rejected`,
    ],
    [
      'period',
      row.date_range_start === null
        ? undefined
        : `${formatTime(row.date_range_start)} to ${formatTime(row.date_range_end)}`,
    ],
    [
      'done',
      row.completed_at === null ? undefined : `${formatTime(row.completed_at)}${took}, attempt ${String(row.attempt)}`,
    ],
    [
      row.status === 'completed' ? 'in effect' : 'took effect',
      row.applied_at === null
        ? undefined
        : `${row.status === 'completed' ? 'since ' : ''}${formatTime(row.applied_at)}, place ${String(row.applied_seq)} in the order`,
    ],
    ['error', error === null ? undefined : `${error.code ?? ''}: ${error.message ?? ''}`],
  ];
}

function formatExamples({ context, ...row }: Row): string {
  const lines = describeExamples(context.examples ?? [], Number(row.records_updated));
  return lines.length === 0 ? '' : ['would change:', ...lines].join('\n');
}

const listSources = ({ sources }: BatchStory): string[][] =>
  sources.map((s) => [s.external_id, count(s.rows), formatTime(s.first) ?? '-', formatTime(s.last) ?? '-']);

const listChecks = ({ checks }: BatchStory): string[][] =>
  checks.map((c) => [c.check_name, count(c.failed_count), count(c.total_count)]);

const listStages = ({ stages }: BatchStory): string[][] =>
  stages.map((s) => [
    s.stage,
    s.status,
    s.completed_at === null ? '-' : `${count(s.completed_at.getTime() - s.started_at.getTime())} ms`,
    count(s.records_in),
    count(s.records_out),
  ]);

const listOperations = ({ operations }: BatchStory): string[][] =>
  operations.map((o) => [
    String(o.id),
    o.options.dry_run === true ? `${o.operation} (dry run)` : o.operation,
    o.status,
    formatTime(o.created_at) ?? '-',
    o.requested_by ?? '-',
    describeResult(o),
  ]);

function describeResult({ result }: BatchOperation): string {
  if (result === null) return '-';
  if (result.code !== undefined) return String(result.code);
  const counts = (['removed', 'changed', 'added'] as const).map((name) => `${count(result[name])} ${name}`).join(', ');
  return typeof result.new_batch_id === 'string' ? `${counts}; as ${result.new_batch_id}` : counts;
}

const listOverlaps = ({ overlaps }: BatchStory): string[][] =>
  overlaps.map((o) => [
    o.batch_id,
    o.later === null ? '-' : o.later ? 'later' : 'earlier',
    o.datasources.join(', '),
    formatTime(o.first) ?? '-',
    formatTime(o.last) ?? '-',
    o.source_name ?? '-',
  ]);

function describeForm(dialect: PlanRecord['dialect'], encoding: string): string {
  if (dialect.kind === 'workbook') return `workbook, sheet ${dialect.sheet}`;
  if (dialect.kind === 'csv') return `csv, ${encoding}, separator ${JSON.stringify(dialect.delimiter)}`;
  return dialect.lines ? `ndjson, ${encoding}` : `json, ${encoding}, records at ${JSON.stringify(dialect.records)}`;
}
