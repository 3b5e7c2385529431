// The service at the limit of its pool for a while: whether its memory stays where it is, and no connection is lost. Compares with nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { findMedian } from '@cei-inoe/shared/bench/interleave';
import type { Pool } from '@cei-inoe/shared/database';
import autocannon from 'autocannon';
import { POOL_SIZE, type Service, startService } from './service.ts';
import { API, FLAT, type Line, type Work } from './works.ts';

/** Twice as many ask as there are connections: half of them wait for one all the time. */
const CONNECTIONS = POOL_SIZE * 2;
const SAMPLE_MS = 250;
const WARMING_UP_SECONDS = 5;

/** What people and programs ask for, all of it; exports above the cap are told to wait (429). */
const REQUESTS = [
  '/energy/hourly?external_id=meter-1&limit=1000',
  '/energy/aggregate?external_id=meter-2&interval=day&from=2025-01-01&to=2026-01-01',
  '/energy/aggregate?client=some&interval=month&from=2025-01-01&to=2026-01-01',
  '/energy/latest?client=some',
  '/datasources?page_size=100',
  '/batches',
  '/batches/summary',
  '/energy/hourly?external_id=meter-3&format=csv',
  '/energy/hourly?external_id=meter-4&format=ndjson',
  '/energy/hourly?external_id=nobody',
];

export const soak: Work = {
  name: 'soak',
  async run({ server, dataDir, soakSeconds }) {
    const service = await startService(API, server.url, dataDir);
    try {
      await load(service, WARMING_UP_SECONDS);
      const leavers = leaveEarly(service);
      const memory = sampleMemory(service);
      const requests = await load(service, soakSeconds);
      const samples = await memory.stop();
      await leavers.stop();
      const work = `soak: ${CONNECTIONS} ask at a time for ${soakSeconds} s, ${requests.toLocaleString('en-US')} requests`;
      return [describeMemory(work, samples), await describeConnections(work, server.pool)];
    } finally {
      await service.stop();
    }
  },
};

/** @returns how many were answered. @throws Error where one was answered with 5xx, or not at all */
async function load({ url }: Service, seconds: number): Promise<number> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    requests: REQUESTS.map((path) => ({ method: 'GET' as const, path })),
  });
  if (result['5xx'] + result.errors + result.timeouts > 0)
    throw new Error(`${result['5xx']} answers of 5xx, ${result.errors} errors, ${result.timeouts} without an answer`);
  return result.requests.total;
}

/** Readers of exports that go away in the middle, one after the other. */
function leaveEarly({ url }: Service): { stop(): Promise<void> } {
  let leaving = true;
  const leave = async () => {
    while (leaving) {
      const gone = new AbortController();
      const { body } = await fetch(`${url}/energy/hourly?client=some&format=csv`, { signal: gone.signal });
      await body?.getReader().read();
      gone.abort();
    }
  };
  const left = leave();
  return {
    stop: async () => {
      leaving = false;
      await left;
    },
  };
}

function sampleMemory(service: Service): { stop(): Promise<number[]> } {
  const samples: Promise<number>[] = [];
  const timer = setInterval(() => samples.push(service.readMemory()), SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.all(samples);
    },
  };
}

/** The median of the last third against that of the first. */
function describeMemory(work: string, samples: readonly number[]): Line {
  const third = Math.floor(samples.length / 3);
  const growth = findMedian(samples.slice(-third)) / findMedian(samples.slice(0, third));
  const peak = Math.max(...samples) / findMedian(samples.slice(0, third));
  return {
    ...{ work: `${work}; memory`, reference: 'its first third', value: growth.toFixed(2) },
    ...{ spread: `peak ${peak.toFixed(2)}`, target: `flat (≤ ${FLAT})`, met: growth <= FLAT },
  };
}

/** No more than the pool and the probe, and none that goes on working for nobody, or sits in a transaction. */
async function describeConnections(work: string, pool: Pool): Promise<Line> {
  const ask = async () => {
    const { rows } = await pool.query<{ open: number; busy: number }>(
      `SELECT count(*)::int AS open, count(*) FILTER (WHERE state <> 'idle')::int AS busy FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'cei-api%'`,
    );
    return rows[0] ?? { open: 0, busy: 0 };
  };
  // What was asked last is still being answered.
  for (let tries = 0; tries < 20 && (await ask()).busy > 0; tries++) await sleep(100);
  const { open, busy } = await ask();
  return {
    ...{ work: `${work}; connections afterwards`, reference: `a pool of ${POOL_SIZE}, and the probe` },
    ...{ value: `${open} open, ${busy} busy`, spread: '', target: `≤ ${POOL_SIZE + 1} open, 0 busy` },
    met: open <= POOL_SIZE + 1 && busy === 0,
  };
}
