// Writes a map file with everything that a person may decide, and what speaks for which answer. Reads no database.
import type { MergedSource } from './merge-sources.ts';
import type { Probe } from './probe.ts';
import type { Verdicts } from './verdicts.ts';

const quote = (text: string): string => JSON.stringify(text);

const show = (at: Date | string): string => (at instanceof Date ? at.toISOString() : at);

/** The text of a map that decides nothing yet. */
export function writeMapTemplate(probe: Probe, sources: readonly MergedSource[], verdicts: Verdicts): string {
  const zones = sources.filter(({ zoneFrom }) => zoneFrom === 'default' || zoneFrom === 'unknown');
  const open = verdicts.tables.filter(
    ({ table, rejected }) =>
      /^(environmental_metrics|dairy_production)$/.test(table) && (rejected.unresolved_datasource ?? 0) > 0,
  );
  const lines = [
    '# Decisions for `pnpm migrate:legacy run --map THIS`. What stays commented out or empty is left unresolved, and its rows are set aside.',
    `# Ids: ${probe.epoch.from} (${show(probe.epoch.low)} … ${show(probe.epoch.high)}).`,
    '#id_epoch: "2026-01-28T16:00:00Z"',
    '',
    '# The zone of sources whose own is missing, no zone, or only the default of V008.',
    '#timezone: Asia/Nicosia',
    'sources:',
    ...zones.flatMap(({ externalId, zoneSaid }) => [
      `  ${quote(externalId)}: {}  # said ${zoneSaid === null ? 'nothing' : quote(zoneSaid)}; { timezone: Asia/Nicosia }`,
    ]),
    '',
    '# Whose a file is: a text of ingest_file.device_id, a file name or a file id, and the external id of its source.',
    `batches:${verdicts.batches.texts.length === 0 ? ' {}' : ''}`,
    ...verdicts.batches.texts.map((text) => `  ${quote(text)}: null`),
    '',
    '# Whose rows without a file are.',
    `rows:${open.length === 0 ? ' {}' : ''}`,
    ...open.map(({ table }) => `  ${table}: null`),
    '',
    'policies:',
    '  nonexistent: reject   # or shift',
    '  autumn: standard      # or first',
    '  weather_csv: local    # or utc',
    '  ampm: reject          # or shift, keep',
    '  zero: "null"          # or keep',
    '',
  ];
  return lines.join('\n').replace('sources:\n\n', 'sources: {}\n\n');
}
