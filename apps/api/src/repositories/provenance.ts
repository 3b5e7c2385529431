// Where a reading came from: its batches, the line of the file and what was decided about it, and what stood there before.
import type { Archive } from '@cei-inoe/shared/archive';
import type { Pool } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { makeFault } from '@cei-inoe/shared/errors';
import { readSql } from '@cei-inoe/shared/sql';
import type { Insider } from '../access/access.ts';
import type { Origin, Provenance } from '../schemas/provenance.ts';
import { findHorizon } from './kept.ts';
import { makeJson } from './measurement-sql.ts';
import { findLine } from './source-lines.ts';
import { nameRows } from './standing-rows.ts';

interface VersionRow {
  readonly since: Date | null;
  readonly until: Date | null;
  readonly ended_by: string | null;
  readonly reason: string | null;
  readonly batch_id: string;
  readonly source_row: number | null;
  readonly reading: string;
}

type BatchRow = Pick<
  Origin,
  'batch_id' | 'source_type' | 'source_name' | 'file_sha256' | 'submitted_by' | 'mapping_name' | 'mapping_sha256'
> & {
  readonly applied_at: Date | null;
  readonly decisions: Decisions | null;
  readonly zone: string | null;
  readonly inside: boolean;
};

/** `ingest_batch.context.decisions`, as far as it is shown. */
interface Decisions {
  readonly wrapping?: 'gzip' | 'zip';
  readonly encoding: string;
  readonly dialect: {
    readonly kind: string;
    readonly quote?: string | null;
    readonly lines?: boolean;
    readonly sheet?: string | number;
  };
  readonly header: readonly string[];
  readonly file_header?: readonly string[];
  readonly time_format: string;
  readonly deriving?: Origin['derived'];
  readonly columns: readonly {
    readonly cell: number;
    readonly field: string;
    readonly decimal?: string;
    readonly group?: string;
    readonly conversion: { readonly shift: number; readonly multiply: number; readonly divide: number };
  }[];
}

const INSIDE = readSql('api/batch-inside.sql', { fence: '$3', who: '$4' });
const BATCHES = `
  SELECT ${INSIDE} AS inside, b.batch_id, b.source_type, b.source_name, b.file_sha256, b.submitted_by, b.mapping_name, b.mapping_sha256,
    coalesce(b.applied_at, b.created_at) AS applied_at, b.context -> 'decisions' AS decisions, b.context -> 'zones' ->> d.external_id AS zone
  FROM ingest_batch b CROSS JOIN datasource d WHERE b.batch_id = ANY ($1::uuid[]) AND d.id = $2`;

/** @returns undefined where no reading stands or stood */
export async function findProvenance(
  pool: Pool,
  archive: Archive,
  dataset: Dataset,
  { sourceId, at, insider }: { readonly sourceId: number; readonly at: string; readonly insider: Insider },
): Promise<Provenance | undefined> {
  const sql = readSql('api/provenance.sql', { ...nameRows(dataset, null), json: makeJson(dataset) });
  const { rows: versions } = await pool.query<VersionRow>(sql, [sourceId, at]);
  const kept_from = await findHorizon(pool);
  if (versions.length === 0) return undefined;
  const ids = versions.map(({ batch_id }) => batch_id);
  const { rows } = await pool.query<BatchRow>(BATCHES, [ids, sourceId, insider.fence, insider.who]);
  const batches = new Map(rows.map((row) => [row.batch_id, row]));
  const shown = [];
  for (const { since, until, ended_by, reason, batch_id, source_row, reading } of versions) {
    const batch = batches.get(batch_id);
    if (batch === undefined) throw new Error(`batch ${batch_id} of a reading is not there`);
    shown.push({
      reading: JSON.parse(reading),
      since: since?.toISOString() ?? null,
      until: until?.toISOString() ?? null,
      ended_by,
      reason,
      origin: await describeOrigin(archive, batch, source_row),
    });
  }
  const [first] = shown;
  const stands = first?.until === null ? first : undefined;
  return {
    reading: stands?.reading ?? null,
    origin: stands?.origin ?? null,
    earlier: stands === undefined ? shown : shown.slice(1),
    kept_from,
  };
}

async function describeOrigin(archive: Archive, batch: BatchRow, line: number | null): Promise<Origin> {
  if (!batch.inside) return hideOrigin(batch, line);
  const { decisions, applied_at, zone, inside: _, ...rest } = batch;
  const found = await readText(archive, batch, line);
  const header = decisions?.file_header ?? decisions?.header ?? [];
  return {
    ...rest,
    applied_at: applied_at?.toISOString() ?? null,
    line,
    header: [...header],
    text: 'text' in found ? found.text : null,
    text_missing: 'missing' in found ? found.missing : null,
    encoding: decisions?.encoding ?? null,
    time_format: decisions?.time_format ?? null,
    zone,
    columns: (decisions?.columns ?? []).map((column) => ({
      field: column.field,
      column: decisions?.header[column.cell] ?? '',
      decimal: column.decimal ?? null,
      group: column.group ?? null,
      conversion: describeConversion(column.conversion),
    })),
    derived: decisions?.deriving ?? null,
  };
}

/** The file has other sources, too, of which who asks knows nothing. */
const hideOrigin = ({ batch_id, source_type, applied_at }: BatchRow, line: number | null): Origin => ({
  ...{
    batch_id,
    source_type,
    source_name: null,
    file_sha256: null,
    submitted_by: null,
    mapping_name: null,
    mapping_sha256: null,
  },
  applied_at: applied_at?.toISOString() ?? null,
  line,
  ...{ header: [], text: null, text_missing: 'The file has readings of other datasources, too.' },
  ...{ encoding: null, time_format: null, zone: null, columns: [], derived: null },
});

function describeConversion({ shift, multiply, divide }: Decisions['columns'][number]['conversion']): string | null {
  const steps = [
    ...(shift === 0 ? [] : [`${shift < 0 ? '-' : '+'} ${Math.abs(shift)}`]),
    ...(multiply === 1 ? [] : [`× ${multiply}`]),
    ...(divide === 1 ? [] : [`÷ ${divide}`]),
  ];
  return steps.length === 0 ? null : steps.join(' ');
}

async function readText(
  archive: Archive,
  { file_sha256: sha256, decisions }: BatchRow,
  line: number | null,
): Promise<{ readonly text: string } | { readonly missing: string }> {
  if (sha256 === null || line === null) return { missing: 'The reading did not come from a line of a file.' };
  if (decisions === null) return { missing: 'The batch does not say how its file was read.' };
  const { dialect, wrapping, encoding } = decisions;
  if (dialect.kind === 'workbook')
    return { missing: `Row ${line} of sheet ${dialect.sheet ?? 1}; GET /batches/{id}/file has the workbook.` };
  if (dialect.kind === 'json' && dialect.lines !== true) return { missing: `Record ${line} of a JSON document.` };
  if (wrapping === 'zip') return { missing: `Line ${line} of the file in a zip archive.` };
  try {
    const quote = dialect.kind === 'csv' ? (dialect.quote ?? null) : null;
    const text = await findLine(await archive.open(sha256), { line, encoding, gzip: wrapping === 'gzip', quote });
    return text === undefined ? { missing: 'The file ends before that line.' } : { text };
  } catch (error) {
    return { missing: makeFault(error).title };
  }
}
