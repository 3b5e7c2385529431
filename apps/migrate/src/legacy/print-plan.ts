// The plan as text for people: what the old database is, and what would become of it. Computes nothing.
import type { Probe } from './probe.ts';
import type { TableVerdict, Verdicts } from './verdicts.ts';

const PAD = ' '.repeat(25);

/** One line per fact; the first block is what a person reads before saying yes. */
export function printPlan(probe: Probe, verdicts: Verdicts): string[] {
  return [describeVariant(probe), describeSources(verdicts), describeBatches(verdicts), ...describeTables(verdicts)];
}

function describeVariant({ fkRegister, fkDelete, v008, permuted, deviceIsEmpty, missing }: Probe): string {
  const fks = fkRegister === 'none' ? 'none' : `→ ${fkRegister}${fkDelete === '' ? '' : ` (${fkDelete})`}`;
  const applied = v008 === null ? 'V008 unknown' : `V008 applied ${formatMinute(v008)}`;
  const ids = deviceIsEmpty ? 'device is empty' : `ids permuted: ${permuted.moved} of ${permuted.shared}`;
  const lost = missing.length === 0 ? '' : `; without ${missing.join(', ')}`;
  return `legacy: energy FKs ${fks}; ${applied}; ${ids}${lost}`;
}

const formatMinute = (at: Date): string =>
  at
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d+Z$/, 'Z');

const label = (name: string, count: number): string => name.padEnd(18) + String(count).padStart(Math.max(6, 0));

function describeSources({ sources }: Verdicts): string {
  const twins = sources.twins === 0 ? '' : `, ${sources.twins} of them a case twin`;
  return (
    `${label('datasource', sources.merged)}  (device ${sources.device}, generic_device ${sources.generic}, merged; ` +
    `${sources.onlyDevice} only in device; ${sources.onlyGeneric} only in generic${twins})`
  );
}

function describeBatches({ batches }: Verdicts): string {
  const open =
    batches.unresolved === 0 ? '' : `  ${batches.unresolved} without datasource → map: ${batches.texts.join(', ')}`;
  return `${label('ingest_batch', batches.total)}${open}`;
}

function describeTables(verdicts: Verdicts): string[] {
  const order = ['fact_energy_hourly', 'fact_energy_daily', 'environmental_metrics', 'dairy_production'];
  const rank = ({ table }: TableVerdict) =>
    (order.indexOf(table) + order.length + 1) % (order.length + 1 + order.length);
  const shown = verdicts.tables
    .filter(({ table }) => table !== 'ingest_file' && table !== 'device' && table !== 'generic_device')
    .toSorted((a, b) => rank(a) - rank(b));
  const facts = shown
    .filter(({ table }) => order.includes(table))
    .toSorted((a, b) => order.indexOf(a.table) - order.indexOf(b.table));
  const others = shown.filter(({ table }) => !order.includes(table));
  return [...facts, ...others].flatMap((table) => describeTable(table, verdicts));
}

function describeTable(table: TableVerdict, verdicts: Verdicts): string[] {
  const reasons = Object.entries(table.rejected).map(([reason, n]) => `${reason} ${n}`);
  const rejected = table.rows - table.migrated - table.pending;
  const notes = verdicts.notes[table.table];
  const said = [
    ...(notes !== undefined && notes.reattributed > 0 ? [`${notes.reattributed} re-attributed against the FK`] : []),
    ...(notes !== undefined && notes.lineageCorrected > 0 ? [`${notes.lineageCorrected} lineage corrected`] : []),
  ].join('; ');
  const head = `${table.table.padEnd(18)} ${table.rows} → ${table.migrated}${rejected === 0 ? '' : ` + ${rejected} rejected`}`;
  const recoverable = describeRecoverable(table.table, verdicts);
  const [first, ...rest] = wrap(reasons, said);
  return [
    first === undefined ? head : `${head} (${first}`,
    ...rest.map((line) => `${PAD}${line}`),
    ...(first === undefined && said !== '' ? [`${PAD}${said}`] : []),
    ...(recoverable === '' ? [] : [`${PAD}recoverable with --recover: ${recoverable}`]),
  ];
}

/** Reasons, four to a line, the closing bracket and the notes behind the last. */
function wrap(reasons: readonly string[], notes: string): string[] {
  if (reasons.length === 0) return [];
  const lines: string[] = [];
  for (let at = 0; at < reasons.length; at += 3) lines.push(reasons.slice(at, at + 3).join(', '));
  const last = lines.length - 1;
  return lines.map((line, at) => (at < last ? `${line},` : `${line})${notes === '' ? '' : `; ${notes}`}`));
}

const WORDS: Readonly<Record<string, string>> = {
  ampm_collapsed: 'collapsed AM/PM',
  never_loaded: 'never loaded',
  overwritten: 'overwritten by another source',
  recovered: 'recovered',
};

function describeRecoverable(table: string, { recoverable }: Verdicts): string {
  const reasons = recoverable[`staging_${table.replace(/^fact_/, '')}`] ?? {};
  return Object.keys(WORDS)
    .filter((reason) => reason !== 'recovered' && reasons[reason] !== undefined)
    .map((reason) => `${reasons[reason]} ${WORDS[reason]}`)
    .join(', ');
}
