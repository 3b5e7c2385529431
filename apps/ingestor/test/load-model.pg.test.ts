import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyFile, file, mapping, type Stored, writeFile } from './support/load-model.ts';
import { account, openTrial, type Trial } from './support/open-trial.ts';

// The invariant: after any sequence of loads, the table equals what a plain map says that was updated file by file and row by row,
// read = inserted + updated + unchanged + skipped + rejected for every file, and a dry run counts what the load then counts.

let t: Trial;
let runs = 0;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

describe('any sequence of files', () => {
  it('leaves in the table what a row-by-row specification says, with every record accounted for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 5 }), async (files) => {
        const run = ++runs;
        const id = await t.addSource(`p${run}`, 'UTC', 'weather');
        const table = new Map<number, Stored>();
        const batches: string[] = [];
        for (const [no, f] of files.entries()) {
          const text = writeFile(f, run * 100 + no);
          const options = { mapping: 'mine', mappings: { mine: mapping(f.strategy) } };
          const dry = await t.load(`p${run}-x.csv`, text, { ...options, dryRun: true });
          const result = await t.load(`p${run}-x.csv`, text, options);
          batches.push(result.batchId);
          expect(account(result)).toBe(applyFile(table, f, no));
          expect(account(dry)).toBe(account(result));
        }
        const stored = await t.query(
          `SELECT extract(hour FROM timestamp AT TIME ZONE 'UTC')::int AS hour, temperature, humidity, batch_id, source_row
           FROM environmental_metrics WHERE datasource_id = $1 ORDER BY 1`,
          [id],
        );
        const wanted = [...table]
          .sort(([a], [b]) => a - b)
          .map(([hour, s]) => ({
            hour,
            temperature: s.temperature ?? null,
            humidity: s.humidity ?? null,
            batch_id: batches[s.file],
            source_row: s.line,
          }));
        expect(stored).toEqual(wanted);
      }),
      { numRuns: 40 },
    );
  });

  it('of two loads at once, the same bytes are loaded once, and files of one source one after the other', async () => {
    const id = await t.addSource('twin', 'UTC', 'weather');
    const text = 'timestamp,temperature (°C)\n2025-07-01T00:00:00Z,1\n';
    const twins = await Promise.all([t.load('twin-a.csv', text), t.load('twin-b.csv', text)]);
    expect(twins.map(account).sort()).toEqual(['1 = 1+0~ 0= 0- 0!', 'duplicate']);
    const hours = [...Array(6).keys()];
    await Promise.all(
      hours.map((h) => t.load(`twin-${h}.csv`, `timestamp,temperature (°C)\n2025-07-02T00:00:00Z,${h}\n`)),
    );
    const [sum] = await t.query<{ versions: number; batches: number }>(
      `SELECT (SELECT count(*)::int FROM environmental_metrics_history WHERE datasource_id = $1 AND timestamp = '2025-07-02Z') AS versions,
              (SELECT count(*)::int FROM ingest_batch WHERE datasource_id = $1 AND status = 'completed') AS batches`,
      [id],
    );
    expect(sum).toEqual({ versions: 5, batches: 7 });
    const [gaps] = await t.query<{ wrong: number }>(
      `SELECT count(*)::int AS wrong FROM environmental_metrics_history WHERE datasource_id = $1 AND valid_to <= valid_from`,
      [id],
    );
    expect(gaps!.wrong).toBe(0);
  });
});
