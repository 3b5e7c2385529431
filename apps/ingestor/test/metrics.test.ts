// /metrics of a running ingestor: what became of the records and batches, and how long the stages took.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { runCli } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrial, type Trial } from './support/open-trial.ts';
import { type ServiceProcess, serveInProcess, until } from './support/serve.ts';

let t: Trial;
let ingestor: ServiceProcess;
let address: string;
const scrape = async () => {
  const text = await (await fetch(address)).text();
  return new Map(
    text.split('\n').flatMap((line) => {
      const at = line.lastIndexOf(' ');
      return /^(cei|pg)_/.test(line) ? [[line.slice(0, at), Number(line.slice(at + 1))] as const] : [];
    }),
  );
};
/** Drops a file and waits for the end of its batch. */
async function drop(name: string, ...rows: string[]): Promise<void> {
  await writeFile(join(t.dir, 'incoming', name), ['Date and Time,Hourly', ...rows, ''].join('\n'));
  await until(`the end of ${name}`, async () => {
    const [row] = await t.query<{ status: string }>(
      "SELECT status FROM ingest_batch WHERE source_name = $1 AND status IN ('completed', 'failed', 'duplicate')",
      [name],
    );
    return row;
  });
}

beforeAll(async () => {
  t = await openTrial();
  await t.addSource('m1', 'UTC');
  ingestor = serveInProcess({ DATABASE_URL: t.url, DATA_DIR: t.dir, METRICS_PORT: '0', LOG_LEVEL: 'info' });
  const port = await until('the port', async () => /"metricsPort":(\d+)/.exec(ingestor.log())?.[1]);
  address = `http://127.0.0.1:${port}/metrics`;
});
afterAll(async () => {
  await ingestor.stop();
  await t.close();
});

describe('/metrics of the ingestor', () => {
  it('counts from nought before the first file: increase() misses the first count of a series that was not there', async () => {
    const seen = [...(await scrape())].filter(([name]) => /^cei_(records|batches)_total/.test(name));
    expect(seen.every(([, value]) => value === 0)).toBe(true);
    const datasets = ['energy_hourly', 'energy_daily', 'environmental_metrics', 'dairy_production'];
    for (const dataset of datasets)
      expect(seen.map(([name]) => name)).toContain(`cei_records_total{dataset="${dataset}",outcome="rejected"}`);
  });

  it('counts records by outcome, batches by end, and stages once a load', async () => {
    await drop('m1-a.csv', '2025-01-01 00:00:00,1', '2025-01-01 01:00:00,2', '2025-01-01 02:00:00,x');
    await drop('m1-b.csv', '2025-01-01 01:00:00,3', '2025-01-01 00:00:00,1');
    await drop('nobody-c.csv', '2025-01-01 00:00:00,1');
    // The file of the same bytes: nothing is counted twice.
    await drop('m1-d.csv', '2025-01-01 01:00:00,3', '2025-01-01 00:00:00,1');
    const seen = await until('the counts', async () => {
      const now = await scrape();
      return (now.get('cei_batches_total{outcome="duplicate"}') ?? 0) > 0 && now;
    });
    const of = (outcome: string) => seen.get(`cei_records_total{dataset="energy_hourly",outcome="${outcome}"}`);
    expect(['inserted', 'updated', 'unchanged', 'skipped', 'rejected'].map(of)).toEqual([2, 1, 1, 0, 1]);
    const ended = (outcome: string) => seen.get(`cei_batches_total{outcome="${outcome}"}`);
    expect(['loaded', 'failed', 'duplicate', 'postponed'].map(ended)).toEqual([2, 1, 1, 0]);
    expect(seen.get('cei_batch_stage_seconds_count{stage="merge"}')).toBe(2);
    expect(seen.get('cei_batch_stage_seconds_count{stage="read"}')).toBeGreaterThanOrEqual(2);
    expect(seen.get('pg_pool_connections_total')).toBeGreaterThanOrEqual(1);
  });

  it('has nothing else to say', async () => {
    expect((await fetch(address.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(address)).headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('a port that is taken ends the start with its name', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const env = { DATABASE_URL: t.url, DATA_DIR: t.dir, METRICS_PORT: String(port) };
    const { code, stderr } = await runCli('apps/ingestor/src/cli.ts', ['watch'], { env });
    await new Promise((resolve) => taken.close(resolve));
    expect(code).toBe(1);
    expect(stderr).toContain(`METRICS_PORT ${port}`);
  });
});
