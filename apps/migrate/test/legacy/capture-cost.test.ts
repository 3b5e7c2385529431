import { findServerUrl } from '@cei-inoe/shared/testing';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { startCapture, stopCapture } from '../../src/legacy/capture.ts';
import { makeOldSide } from '../../src/legacy/old-side.ts';
import { openMove } from './support.ts';

const HOURS = Array.from({ length: 400 }, (_, h) => new Date(Date.UTC(2023, 0, 1, h)).toISOString().slice(0, 19));
const UPSERT = `INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh) VALUES (3, $1, $2)
  ON CONFLICT (device_id, ts) DO UPDATE SET energy_kwh = excluded.energy_kwh`;

/** A file as the old ingestor loads it: a transaction with an upsert per row. */
async function loadFile(client: pg.PoolClient): Promise<number> {
  const sinceMs = performance.now();
  await client.query('BEGIN');
  for (const hour of HOURS) await client.query(UPSERT, [hour, Math.random()]);
  await client.query('COMMIT');
  return performance.now() - sinceMs;
}

describe.runIf(findServerUrl() !== '')('capture triggers', () => {
  // The least of many takes, in turns: what the machine does besides adds to some of both. A second and third try for when it adds to all.
  it('cost old writers at most half as much again', { retry: 5, timeout: 60_000 }, async () => {
    const move = await openMove();
    const old = makeOldSide(move.old.pool, 'public', false);
    const client = await move.old.pool.connect();
    try {
      const takes = { without: Number.POSITIVE_INFINITY, with: Number.POSITIVE_INFINITY };
      await loadFile(client);
      for (let turn = 0; turn < 12; turn++) {
        takes.without = Math.min(takes.without, await loadFile(client));
        await startCapture(old, ['fact_energy_hourly']);
        takes.with = Math.min(takes.with, await loadFile(client));
        // Every write was noted: it is no cheaper for doing nothing.
        const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM legacy_capture.queue');
        expect(rows[0]?.n).toBeGreaterThanOrEqual(HOURS.length);
        await stopCapture(old, ['fact_energy_hourly']);
      }
      expect(takes.with / takes.without).toBeLessThanOrEqual(1.5);
    } finally {
      client.release();
      await move.end();
    }
  });
});
