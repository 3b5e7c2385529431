import { findServerUrl } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, verify } from '../../src/legacy/commands.ts';
import { type Move, openMove } from './support.ts';

const A = "(SELECT id FROM datasource WHERE external_id LIKE 'aaa%')";
const setZone = (zone: string) =>
  `BEGIN; SET LOCAL session_replication_role = replica; UPDATE datasource SET timezone = '${zone}' WHERE id = ${A}; COMMIT`;
/** The least and the greatest reading of one day change places: count, sum, least and greatest stay. */
const SWAP = `UPDATE fact_energy_hourly f SET energy_kwh = o.energy_kwh FROM fact_energy_hourly o
  WHERE f.datasource_id = ${A} AND o.datasource_id = ${A} AND (f.ts, o.ts) IN (('2025-03-30 00:00Z', '2025-03-30 01:00Z'), ('2025-03-30 01:00Z', '2025-03-30 00:00Z'))`;
const KEY = "tab = 'fact_energy_hourly' AND reason = 'negative'";

describe.runIf(findServerUrl() !== '')('each check of the verification turns red by itself', () => {
  let move: Move;
  beforeAll(async () => {
    move = await openMove();
    await move.run(run);
    await move.target.pool.query(`CREATE TABLE public.kept AS SELECT * FROM legacy_move.reading WHERE ${KEY}`);
  });
  afterAll(() => move.end());

  it.each([
    [
      'the local day of a reading',
      'energy_hourly by source and day',
      setZone('Europe/London'),
      setZone('Asia/Nicosia'),
    ],
    ['which hour has which value', 'energy_hourly by content', SWAP, SWAP],
    [
      'a row that is nowhere',
      'conservation fact_energy_hourly',
      `DELETE FROM legacy_move.reading WHERE ${KEY}`,
      'INSERT INTO legacy_move.reading SELECT * FROM public.kept',
    ],
    [
      'a reading that nobody decided on',
      'rows of fact_energy_hourly',
      `INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id, quality) SELECT ${A}, '2020-01-01Z', 1, no_batch, 8 FROM legacy_move.settings`,
      "DELETE FROM fact_energy_hourly WHERE ts = '2020-01-01Z'",
    ],
    [
      'a constraint that was never checked',
      'constraints',
      'ALTER TABLE datasource ADD CONSTRAINT late CHECK (id > 0) NOT VALID',
      'ALTER TABLE datasource DROP CONSTRAINT late',
    ],
    [
      'an identity below its rows',
      'identities',
      "SELECT setval('datasource_id_seq', 1)",
      "SELECT setval('datasource_id_seq', 1000)",
    ],
  ])('%s', async (_what, check, harm, mend) => {
    expect(await move.run(verify)).toBe(0);
    await move.target.pool.query(harm);
    const fault = await move.run(verify).catch((error: { errors: { field: string }[] }) => error);
    await move.target.pool.query(mend);
    expect(fault).toMatchObject({ code: 'legacy_differs', errors: [{ field: check }] });
  });
});
