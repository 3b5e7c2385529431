import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { account, openTrial, type Trial } from './support/open-trial.ts';

const FOLDER = join(ROOT, 'db/samples');

interface ExpectedFile {
  readonly file: string;
  readonly datasource: string;
  readonly dataset: 'energy_hourly' | 'energy_daily' | 'environmental_metrics' | 'dairy_production';
  readonly records: number;
  readonly accepted: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly refused: readonly { readonly line: number; readonly codes: readonly string[] }[];
  readonly first: string;
  readonly last: string;
  readonly present: Readonly<Record<string, number>>;
  readonly sums: Readonly<Record<string, number>>;
}

/** Computed by a script that shares no code with the product: db/samples/expected.py. */
const expected = (JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as { files: ExpectedFile[] }).files;
const TABLES = {
  energy_hourly: ['fact_energy_hourly', 'ts', 'instant'],
  energy_daily: ['fact_energy_daily', 'ts', 'day'],
  environmental_metrics: ['environmental_metrics', 'timestamp', 'instant'],
  dairy_production: ['dairy_production', 'production_date', 'day'],
} as const;

let t: Trial;
beforeAll(async () => {
  t = await openTrial();
  const seeds = parse(readFileSync(join(ROOT, 'db/seeds/datasources.yaml'), 'utf8')) as {
    datasources: { external_id: string; data_type: string; timezone: string; alias?: string; aliases?: string[] }[];
  };
  for (const seed of seeds.datasources) {
    const id = await t.addSource(seed.external_id, seed.timezone ?? 'Asia/Nicosia', seed.data_type);
    for (const alias of seed.aliases ?? []) {
      await t.query("INSERT INTO datasource_alias (kind, value, datasource_id) VALUES ('alias', $1, $2)", [alias, id]);
    }
  }
});
afterAll(() => t.close());

describe('each sample file', () => {
  it.each(expected)('$file is loaded as an independent script reads it', async (file) => {
    const result = await t.load(file.file, readFileSync(join(FOLDER, file.file)));
    expect(account(result)).toBe(`${file.records} = ${file.accepted}+0~ 0= ${file.skipped}- ${file.rejected}!`);
    const [table, time, kind] = TABLES[file.dataset];
    const names = Object.keys(file.sums);
    const totals = names
      .map((name) => `sum(${name}::numeric)::text AS "${name}", count(${name})::int AS "n_${name}"`)
      .join(', ');
    const shown = (what: string) =>
      kind === 'day'
        ? `${what}(${time})::text`
        : `to_char(${what}(${time}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
    const [row] = await t.query<Record<string, string | number>>(
      `SELECT ${shown('min')} AS first, ${shown('max')} AS last, ${totals} FROM ${table} f
       JOIN datasource d ON d.id = f.datasource_id WHERE d.external_id = $1 AND f.batch_id = $2`,
      [file.datasource, result.batchId],
    );
    expect({ first: row!.first, last: row!.last }).toEqual({ first: file.first, last: file.last });
    for (const name of names) {
      expect(Number(row![name]), name).toBeCloseTo(file.sums[name]!, 6);
      expect(row![`n_${name}`], name).toBe(file.present[name]);
    }
    const refused = await t.query<{ line: number; codes: string[] }>(
      `SELECT line::int AS line, (SELECT array_agg(e->>'code' ORDER BY e->>'code') FROM jsonb_array_elements(errors) e) AS codes
       FROM ingest_rejection WHERE batch_id = $1 ORDER BY line`,
      [result.batchId],
    );
    expect(refused).toEqual(file.refused.map(({ line, codes }) => ({ line, codes: [...codes].sort() })));
  });
});
