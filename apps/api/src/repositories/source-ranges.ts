// Finds the sources that a read names, each with its range in its own zone. Reads no measurement.
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { foldName } from '@cei-inoe/shared/fold-name';
import { readSql } from '@cei-inoe/shared/sql';
import type { Fence } from '../access/access.ts';
import type { SourceChoice } from '../schemas/measurement.ts';
import type { Moment } from '../schemas/moment.ts';
import { checkZone } from '../zones.ts';

/** Half-open range of one source: as instants, and as the local days that begin within it. All as PostgreSQL writes them. */
export interface SourceRange {
  readonly id: number;
  /** `tz` of the query, else the source's own zone, else UTC. */
  readonly zone: string;
  /** The source's own zone, else UTC. */
  readonly sourceZone: string;
  readonly instantFrom: string;
  readonly instantTo: string;
  readonly dayFrom: string;
  readonly dayTo: string;
}

interface RangeRow {
  id: number;
  external_id: string;
  zone: string;
  source_zone: string;
  instant_from: string;
  instant_to: string;
  day_from: string;
  day_to: string;
  reversed: boolean;
}

const SQL = readSql('api/source-ranges.sql');

/**
 * @returns the ranges by ascending id; none when a client has no sources
 * @throws Fault datasource_unknown when an id or name has no source, invalid_request when `from` lies after `to`; what lies beyond the fence is not there
 */
export async function findSourceRanges(pool: Pool, query: SourceChoice, fence: Fence): Promise<SourceRange[]> {
  checkZone(query.tz, 'tz');
  const values = [
    query.datasource_id ?? null,
    query.external_id ?? null,
    query.client ?? null,
    query.tz ?? null,
    ...splitMoment(query.from),
    ...splitMoment(query.to),
    fence,
  ];
  // With a name it is planned once a connection: to plan it takes three times as long as to run it.
  const { rows } = await pool.query<RangeRow>({ name: 'source_ranges', text: SQL, values });
  if (query.client === undefined) checkAllFound(query, rows);
  if (rows.some((row) => row.reversed)) {
    throw new Fault('invalid_request', 'Not valid: to.', { errors: [{ field: 'to', message: 'lies before from' }] });
  }
  return rows.map((row) => ({
    id: row.id,
    zone: row.zone,
    sourceZone: row.source_zone,
    instantFrom: row.instant_from,
    instantTo: row.instant_to,
    dayFrom: row.day_from,
    dayTo: row.day_to,
  }));
}

const splitMoment = (moment: Moment | undefined) => [
  moment?.kind === 'day' ? moment.day : null,
  moment?.kind === 'instant' ? moment.at : null,
];

/** A misspelt name must not look like a source without data. */
function checkAllFound(query: SourceChoice, rows: readonly RangeRow[]): void {
  const ids = new Set(rows.map((row) => row.id));
  const known = new Set(rows.map((row) => foldName(row.external_id)));
  const errors = [
    ...(query.datasource_id ?? [])
      .filter((id) => !ids.has(id))
      .map((id) => ({ field: 'datasource_id', message: `there is no ${id}` })),
    ...(query.external_id ?? [])
      .filter((name) => !known.has(foldName(name)))
      .map((name) => ({ field: 'external_id', message: `there is no "${name}"` })),
  ];
  if (errors.length > 0) throw new Fault('datasource_unknown', errors.map((e) => e.message).join('; '), { errors });
}
