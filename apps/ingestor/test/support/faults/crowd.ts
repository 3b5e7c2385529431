// In the test: many files of many meters that come while something goes wrong, and what must be there when all are loaded.

import type { Lane } from './lane.ts';
import { Broken } from './verify.ts';

export interface CrowdShape {
  readonly meters: number;
  readonly filesEach: number;
}

const HOURS = 10;
const formatHour = (hour: number) => new Date(Date.UTC(2025, 0, 1, hour)).toISOString();
const nameMeter = (meter: number) => `crowd${meter}`;
const nameFile = (meter: number, no: number) => `${nameMeter(meter)}-${String(no).padStart(3, '0')}.csv`;

/** Every file of a meter says the first ten hours anew, with its number, and an hour of its own; every fifth has a row that is refused. */
function makeFile(no: number): string {
  const lines = Array.from({ length: HOURS }, (_, hour) => `${formatHour(hour)},${no}`);
  lines.push(`${formatHour(100 + no)},${no}`);
  if (no % 5 === 4) lines.push(`${formatHour(1_000)},x`);
  return `Date and Time,Hourly\n${lines.join('\n')}\n`;
}

export async function addMeters(lane: Lane, { meters }: CrowdShape): Promise<void> {
  for (let meter = 0; meter < meters; meter++) await lane.addSource(nameMeter(meter));
}

/** Drops them one after the other, a file of each meter and then the next of each, `pauseMs` apart. */
export async function dropCrowd(lane: Lane, { meters, filesEach }: CrowdShape, pauseMs: number): Promise<void> {
  for (let no = 0; no < filesEach; no++) {
    for (let meter = 0; meter < meters; meter++) {
      await dropWhenPossible(lane, nameFile(meter, no), makeFile(no));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** A sender, too, waits for room on the disk. */
async function dropWhenPossible(lane: Lane, name: string, content: string): Promise<void> {
  for (;;) {
    try {
      return await lane.drop(name, content);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Every file was loaded once, those of a meter in their order, and lies in processed/. */
export async function verifyCrowd(lane: Lane, { meters, filesEach }: CrowdShape): Promise<void> {
  const insist = (what: string, found: unknown, wanted: unknown) => {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      throw new Broken(
        `${what}: ${JSON.stringify(found).slice(0, 1_500)} instead of ${JSON.stringify(wanted).slice(0, 1_500)}`,
      );
    }
  };
  const numbers = Array.from({ length: filesEach }, (_, no) => no);
  for (let meter = 0; meter < meters; meter++) {
    const batches = await lane.query<{
      name: string;
      status: string;
      rejected: number;
      place: string | null;
      code: string | null;
    }>(
      `SELECT source_name AS name, status, records_rejected::int AS rejected, split_part(context ->> 'delivered', '/', 1) AS place, error ->> 'code' AS code
       FROM ingest_batch WHERE source_name LIKE $1 ORDER BY applied_seq NULLS FIRST, created_at`,
      [`${nameMeter(meter)}-%`],
    );
    insist(
      'batches',
      batches,
      numbers.map((no) => ({
        ...{ name: nameFile(meter, no), status: 'completed', rejected: no % 5 === 4 ? 1 : 0 },
        ...{ place: 'processed', code: null },
      })),
    );
    const readings = await lane.query<{ hour: number; kwh: number; file: string }>(
      `SELECT (extract(epoch FROM f.ts - '2025-01-01T00:00Z') / 3600)::int AS hour, energy_kwh AS kwh, b.source_name AS file
       FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id JOIN ingest_batch b USING (batch_id)
       WHERE d.external_id = $1 ORDER BY 1`,
      [nameMeter(meter)],
    );
    const last = filesEach - 1;
    insist('readings', readings, [
      ...Array.from({ length: HOURS }, (_, hour) => ({ hour, kwh: last, file: nameFile(meter, last) })),
      ...numbers.map((no) => ({ hour: 100 + no, kwh: no, file: nameFile(meter, no) })),
    ]);
  }
}
