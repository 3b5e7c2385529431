// What is measured: a page against Prisma Client, an export against psql, a year from the monthly sums. Prints nothing; soak.ts has the rest.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findMedian, interleave, type Ratio, type Side } from '@cei-inoe/shared/bench/interleave';
import { isExecutable, listProgramFolders } from '@cei-inoe/shared/programs';
import autocannon from 'autocannon';
import type { BenchServer } from './bench-server.ts';
import { POOL_SIZE, type Service, startService } from './service.ts';

export interface Bench {
  readonly server: BenchServer;
  readonly dataDir: string;
  readonly rounds: number;
  /** Of one run of requests. */
  readonly seconds: number;
  readonly soakSeconds: number;
}

export interface Line {
  readonly work: string;
  readonly reference: string;
  readonly value: string;
  readonly spread: string;
  readonly target: string;
  readonly met: boolean | null;
}

export interface Work {
  readonly name: string;
  run(bench: Bench): Promise<Line[]>;
}

export const API = 'apps/api/src/cli.ts';
const PRISMA_TARGET = 4;
const EXPORT_TARGET = 1.1;
export const FLAT = 1.15;
const ROLLUP_TARGET_MS = 50;
const WARMING_UP = 10;
const MONTHS_ASKED = 30;

const format = (value: number): string => value.toFixed(2);
const count = (rows: number): string => rows.toLocaleString('en-US');

const PAGE = '/energy/hourly?external_id=meter-3&from=2025-02-01T00:00Z&to=2026-01-01T00:00Z&limit=1000';

export const page: Work = {
  name: 'page',
  async run({ server, dataDir, rounds, seconds }) {
    const ours = await startService(API, server.url, dataDir);
    const prisma = await startService('apps/api/bench/prisma-route.ts', server.url, dataDir);
    try {
      await checkSame(ours, prisma);
      for (const service of [ours, prisma]) await countRequests(service, 1);
      const makeSide = (name: string, service: Service): Side => ({
        name,
        prepare: async () => undefined,
        run: async () => seconds / (await countRequests(service, seconds)),
      });
      const reference = makeSide('the same route with Prisma Client', prisma);
      const ratios = await interleave(makeSide('ours', ours), [reference], rounds);
      return ratios.map(({ reference, median, min, max }) => ({
        ...{ work: '`/energy/hourly`, 1,000 rows, requests per second', reference, value: format(1 / median) },
        ...{ spread: `${format(1 / max)}…${format(1 / min)}`, target: `≥ ${PRISMA_TARGET}` },
        met: 1 / median >= PRISMA_TARGET,
      }));
    } finally {
      await Promise.all([ours.stop(), prisma.stop()]);
    }
  },
};

/** Both must answer with the same rows; only then are they compared. */
async function checkSame(ours: Service, theirs: Service): Promise<void> {
  const [one, other] = await Promise.all(
    [ours, theirs].map(async ({ url }) => ((await (await fetch(url + PAGE)).json()) as { data: unknown[] }).data),
  );
  if (one?.length !== 1000 || JSON.stringify(one) !== JSON.stringify(other)) throw new Error('the answers differ');
}

/** As many at a time as there are connections. @throws Error where one fails */
async function countRequests({ url }: Service, seconds: number): Promise<number> {
  const result = await autocannon({ url: url + PAGE, connections: POOL_SIZE, duration: seconds });
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
  return (result.requests.total * seconds) / result.duration;
}

const findProgram = (name: string): string | undefined =>
  listProgramFolders()
    .map((folder) => join(folder, name))
    .find(isExecutable);

export const exportCsv: Work = {
  name: 'export',
  async run({ server, dataDir, rounds }) {
    const service = await startService(API, server.url, dataDir);
    const url = `${service.url}/energy/hourly?client=some&format=csv`;
    const [psql, curl] = [findProgram('psql'), findProgram('curl')];
    try {
      const lines = await countLines(url);
      if (lines !== server.someRows + 1) throw new Error(`${lines} lines instead of ${server.someRows + 1}`);
      if (psql === undefined) throw new Error('there is no psql here to compare with');
      const read = curl === undefined ? () => countLines(url) : () => runToNull(curl, ['-sSf', url]);
      const makeCopy = (name: string, time: string): Side => ({
        name,
        prepare: async () => undefined,
        run: () => timeIt(() => runToNull(psql, ['-X', '-q', '-c', makeCopySql(time, server.someMeters), server.url])),
      });
      const ours: Side = { name: 'ours', prepare: async () => undefined, run: () => timeIt(read) };
      const plain = makeCopy('psql COPY … TO STDOUT, times as PostgreSQL writes them', 'ts');
      const same = makeCopy(
        'psql COPY … TO STDOUT of the same bytes',
        `replace((ts AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z'`,
      );
      const ratios = await interleave(ours, [same, plain], rounds);
      const title = `CSV of ${count(server.someRows)} rows`;
      return ratios.map((ratio, i) => describeExport(title, ratio, i === 0));
    } finally {
      await service.stop();
    }
  },
};

const describeExport = (work: string, { reference, median, min, max }: Ratio, hasTarget: boolean): Line => ({
  ...{ work, reference, value: format(median), spread: `${format(min)}…${format(max)}` },
  ...{ target: hasTarget ? `≤ ${EXPORT_TARGET}` : '', met: hasTarget ? median <= EXPORT_TARGET : null },
});

/** Rows and order of the export; by number, so that psql need not sort. */
const makeCopySql = (time: string, meters: number): string =>
  `COPY (SELECT datasource_id, ${time}, energy_kwh, batch_id, source_row, quality
   FROM fact_energy_hourly WHERE datasource_id <= ${meters} ORDER BY datasource_id, ts) TO STDOUT (FORMAT csv, HEADER)`;

async function timeIt(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Runs a program whose output nobody reads. @throws Error where it fails */
function runToNull(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
  });
}

async function countLines(url: string): Promise<number> {
  const { body, status } = await fetch(url);
  if (status !== 200 || body === null) throw new Error(`${status} from ${url}`);
  let lines = 0;
  for await (const chunk of body) for (const byte of chunk as Uint8Array) if (byte === 10) lines++;
  return lines;
}

export const exportMemory: Work = {
  name: 'export-memory',
  async run({ server, dataDir }) {
    const service = await startService(API, server.url, dataDir);
    try {
      const read = (client: string) => findPeak(service, () => countLines(service.url + client));
      // Once beforehand, so that what is loaded and compiled on first use does not count.
      await read('/energy/hourly?client=some&format=csv');
      const small = await read('/energy/hourly?client=some&format=csv');
      const large = await read('/energy/hourly?client=others&format=csv');
      return [
        {
          work: `peak memory while CSV is read, ${count(server.someRows)} → ${count(server.rows - server.someRows)} rows`,
          ...{ reference: 'the smaller export', value: format(large / small), spread: '' },
          ...{ target: `flat (≤ ${FLAT})`, met: large / small <= FLAT },
        },
      ];
    } finally {
      await service.stop();
    }
  },
};

async function findPeak(service: Service, work: () => Promise<unknown>): Promise<number> {
  let peak = await service.readMemory();
  const timer = setInterval(() => {
    service.readMemory().then(
      (now) => {
        peak = Math.max(peak, now);
      },
      () => undefined,
    );
  }, 100);
  await work().finally(() => clearInterval(timer));
  return peak;
}

export const months: Work = {
  name: 'months',
  async run({ server, dataDir }) {
    const service = await startService(API, server.url, dataDir);
    const { rows } = await server.pool.query<{ id: number }>('SELECT id FROM datasource ORDER BY id');
    try {
      return [
        await measureMonths(service, rows.slice(0, 1), server.rows),
        await measureMonths(service, rows, server.rows),
      ];
    } finally {
      await service.stop();
    }
  },
};

async function measureMonths({ url }: Service, meters: readonly { id: number }[], rows: number): Promise<Line> {
  const query = meters.map(({ id }) => `datasource_id=${id}`).join('&');
  const address = `${url}/energy/aggregate?${query}&interval=month&from=2025-01-01&to=2026-01-01`;
  const times: number[] = [];
  for (let i = 0; i < WARMING_UP + MONTHS_ASKED; i++) {
    const begun = performance.now();
    const { data } = (await (await fetch(address)).json()) as { data: unknown[] };
    times.push(performance.now() - begun);
    if (data.length !== meters.length * 12) throw new Error(`${data.length} months of ${meters.length} meters`);
  }
  const warm = times.slice(WARMING_UP);
  const median = findMedian(warm);
  return {
    ...{ work: `a year by month of ${count(meters.length)} meters, ${count(rows)} rows in the table`, reference: '' },
    ...{
      value: `${median.toFixed(1)} ms`,
      spread: `${Math.min(...warm).toFixed(1)}…${Math.max(...warm).toFixed(1)} ms`,
    },
    ...{ target: `≤ ${ROLLUP_TARGET_MS} ms`, met: median <= ROLLUP_TARGET_MS },
  };
}
