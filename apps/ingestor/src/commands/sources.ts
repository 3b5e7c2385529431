// `pnpm sources freshness|gaps`: which source is late, and what is missing in its readings.
import { Fault } from '@cei-inoe/shared/errors';
import { type Freshness, listFreshness } from '@cei-inoe/shared/freshness';
import { DEFAULT_TOLERANCE, type Disagreement, findGaps, type Gap } from '@cei-inoe/shared/gaps';
import { type Command, InvalidArgumentError } from 'commander';
import type { Surroundings } from '../compose/settings.ts';
import { findSource } from '../stages/map/find-source.ts';
import type { Runner } from './batch-commands.ts';
import { formatCount, formatTable, writeData, writeJson, writeText } from './output.ts';

interface SourceFlags {
  readonly datasource?: string;
  readonly client?: string;
  readonly json?: boolean;
}
type FreshnessFlags = SourceFlags & { readonly at?: string };
type GapFlags = SourceFlags & { readonly from?: string; readonly to?: string; readonly tolerance: number };

/** Something is late or missing: done, but not well. */
const NOT_WELL = 3;

export function addSourceCommands(program: Command, run: Runner): void {
  const sources = program.command('sources').description('is everything coming in');
  addChoice(sources.command('freshness').description('which source is late against its own rhythm'))
    .option('--at <instant>', 'as it was then (2025-03-30T01:00:00Z)', readInstant)
    .action((flags: FreshnessFlags) => run((around) => showFreshness(around, flags)));
  addChoice(
    sources.command('gaps').description('which hours and days are missing, which days are not the sum of their hours'),
  )
    .option('--from <day>', "first local day; without it, each source's first reading", readDay)
    .option('--to <day>', "the local day after the last; without it, each source's last reading", readDay)
    .option('--tolerance <percent>', 'how far a day may be from its hours', readPercent, DEFAULT_TOLERANCE)
    .action((flags: GapFlags) => run((around) => showGaps(around, flags)));
}

const addChoice = (command: Command): Command =>
  command
    .option('--datasource <external-id>', 'one source (external id or alias)')
    .option('--client <name>', 'the sources of a client')
    .option('--json');

function readInstant(text: string): string {
  const at = new Date(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/i.test(text) && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new InvalidArgumentError('It is an instant such as 2025-03-30T01:00:00Z.');
}

function readDay(text: string): string {
  const at = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('It is a day such as 2025-03-30.');
}

function readPercent(text: string): number {
  if (/^\d{1,3}(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number of per cent such as 1 or 0.5.');
}

/** @throws Fault datasource_unknown */
async function findIds({ pool }: Surroundings, { datasource }: SourceFlags): Promise<number[] | undefined> {
  if (datasource === undefined) return undefined;
  const source = await findSource(pool, datasource);
  if (source === undefined) throw new Fault('datasource_unknown', `Nothing is known under ${datasource}.`);
  return [source.id];
}

async function showFreshness(around: Surroundings, flags: FreshnessFlags): Promise<number> {
  const ids = await findIds(around, flags);
  const rows = await listFreshness(around.pool, { at: flags.at, ids, client: flags.client });
  const late = rows.filter(({ state }) => state === 'late').length;
  if (flags.json === true) writeJson(rows);
  else if (rows.length === 0) writeText('No datasources.');
  else {
    const header = [
      'state',
      'datasource',
      'name',
      'dataset',
      'last reading (UTC)',
      'age',
      'step',
      'delivery',
      'due (UTC)',
    ];
    writeData(`${formatTable(header, rows.map(describeFreshness))}\n`);
    writeText(`${formatCount(late)} late of ${formatCount(rows.length)}.`);
  }
  return late > 0 ? NOT_WELL : 0;
}

const showInstant = (text: string | null): string => text?.slice(0, 16).replace('T', ' ') ?? '-';

/** 5400 → 1.5 h */
function showSpan(seconds: number | null): string {
  if (seconds === null) return '-';
  const [size, unit] = (
    [
      [86_400, 'd'],
      [3600, 'h'],
      [60, 'min'],
      [1, 's'],
    ] as const
  ).find(([size]) => Math.abs(seconds) >= size) ?? [1, 's'];
  return `${Math.round((seconds / size) * 10) / 10} ${unit}`;
}

const describeFreshness = (row: Freshness): string[] => [
  row.state,
  row.external_id,
  row.name,
  row.dataset ?? '-',
  showInstant(row.last_reading),
  showSpan(row.age_seconds),
  showSpan(row.step_seconds),
  showSpan(row.delivery_seconds),
  showInstant(row.due_at),
];

async function showGaps(around: Surroundings, flags: GapFlags): Promise<number> {
  const { client, from, to, tolerance } = flags;
  if (from !== undefined && to !== undefined && from >= to)
    throw new Fault('usage', `--to ${to} is not after --from ${from}.`);
  const report = await findGaps(around.pool, { ids: await findIds(around, flags), client, from, to, tolerance });
  const { gaps, disagreements } = report;
  if (flags.json === true) writeJson(report);
  else {
    if (gaps.length > 0) {
      const header = ['datasource', 'dataset', 'from (local)', 'to (local)', 'missing', 'whole days'];
      writeData(`${formatTable(header, gaps.map(describeGap))}\n`);
    }
    if (disagreements.length > 0) {
      const header = ['datasource', 'day', 'daily kWh', 'hours kWh', 'difference', 'hours'];
      writeData(`${formatTable(header, disagreements.map(describeDisagreement))}\n`);
    }
    writeText(
      `${formatCount(gaps.length)} gaps; ${formatCount(disagreements.length)} days that are not the sum of their hours.`,
    );
  }
  return gaps.length + disagreements.length > 0 ? NOT_WELL : 0;
}

const describeGap = (gap: Gap): string[] => [
  gap.external_id,
  gap.dataset,
  gap.local_from,
  gap.local_to,
  `${formatCount(gap.missing)} ${gap.unit}${gap.missing === 1 ? '' : 's'}`,
  formatCount(gap.whole_days),
];

const describeDisagreement = (row: Disagreement): string[] => [
  row.external_id,
  row.day,
  row.daily_kwh.toFixed(2),
  row.hours_kwh.toFixed(2),
  row.difference_kwh.toFixed(2),
  `${row.hours} of ${row.expected_hours}`,
];
