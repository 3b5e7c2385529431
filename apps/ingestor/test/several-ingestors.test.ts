import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOwnServer, type TestServer } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addMeters, type CrowdShape, dropCrowd, verifyCrowd } from './support/faults/crowd.ts';
import { type Bundle, bundleFaultyCli, type FaultyProcess } from './support/faults/faulty-process.ts';
import { type Lane, listPlaces, openLane } from './support/faults/lane.ts';

const MANY = { meters: 20, filesEach: 10 };
const SOME = { meters: 10, filesEach: 10 };

let bundle: Bundle;
let server: TestServer;
beforeAll(async () => {
  [bundle, server] = await Promise.all([bundleFaultyCli(), startOwnServer()]);
});
afterAll(async () => {
  await server.stop();
  bundle.remove();
});

const start = (lane: Lane, env: Readonly<Record<string, string>> = {}): FaultyProcess => {
  const service = lane.prepareProcess(env);
  service.go(['watch']);
  return service;
};

/** Waits until nothing is left to be done, also while the database is away now and then. */
async function awaitEnd(lane: Lane, services: () => readonly FaultyProcess[]): Promise<void> {
  let work: string | undefined = 'not asked yet';
  for (const deadline = Date.now() + 90_000; Date.now() < deadline; await sleep(100)) {
    work = await lane.findWork().catch((error: Error) => error.message);
    if (work === undefined) return;
    for (const service of services()) service.putForward(60_000);
  }
  throw new Error(
    `${work}\n${services()
      .map((each) => each.log().slice(-2_000))
      .join('\n\n')}`,
  );
}

async function expectAllLoaded(lane: Lane, shape: CrowdShape): Promise<void> {
  const files = shape.meters * shape.filesEach;
  await verifyCrowd(lane, shape);
  const processed = await listPlaces(lane.dir, ['processed']);
  expect(processed).toHaveLength(files);
  const rejects = await listPlaces(lane.dir, ['rejected']);
  expect(rejects.filter((path) => path.endsWith('.rejects.csv'))).toHaveLength(files / 5);
  expect(rejects).toHaveLength(files / 5);
  const idle = await lane.query(
    `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'
       AND clock_timestamp() - state_change > interval '1 second'`,
  );
  expect(idle).toEqual([]);
}

describe('three ingestors on one folder and one database', () => {
  it('load 200 files once each and in their order, however often one of them is killed', async () => {
    const lane = await openLane(bundle);
    await addMeters(lane, MANY);
    const services = [start(lane), start(lane), start(lane)];
    let killing = true;
    const kill = async () => {
      while (killing) {
        await sleep(150 + Math.random() * 250);
        // What dies three times is given up: here each load may die twice.
        if ((await lane.query("SELECT 1 FROM ingest_batch WHERE status = 'processing' AND attempt > 2")).length > 0)
          continue;
        const at = Math.floor(Math.random() * services.length);
        const victim = services[at]!;
        await victim.kill();
        services[at] = start(lane);
        await lane.ageClaimsOf(victim.pid);
      }
    };
    const killer = kill();
    await dropCrowd(lane, MANY, 25);
    killing = false;
    await killer;
    await lane.ageLeftovers();
    await awaitEnd(lane, () => services);
    await expectAllLoaded(lane, MANY);
    // The youngest may be told to end before it listens for that.
    for (const end of await Promise.all(services.map((each) => each.stop()))) expect(['0', 'SIGTERM']).toContain(end);
    await lane.awaitNoSessions();
    await lane.close();
  }, 180_000);

  it('load them once each and in their order while PostgreSQL is restarted under them, in haste and in peace', async () => {
    const lane = await openLane(bundle, { serverUrl: server.url });
    await addMeters(lane, SOME);
    const services = [start(lane), start(lane), start(lane)];
    const dropping = dropCrowd(lane, SOME, 45);
    for (const mode of ['immediate', 'fast', 'immediate', 'fast'] as const) {
      await sleep(1_000);
      await server.restart(mode);
    }
    await dropping;
    await awaitEnd(lane, () => services);
    await expectAllLoaded(lane, SOME);
    expect(services.map((each) => each.isAlive())).toEqual([true, true, true]);
    const [{ sessions }] = (await lane.query<{ sessions: number }>(
      "SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'cei-ingestor'",
    )) as [{ sessions: number }];
    // One worker and three more connections each.
    expect(sessions).toBeLessThanOrEqual(12);
    expect(await Promise.all(services.map((each) => each.stop()))).toEqual(['0', '0', '0']);
    await lane.close();
  }, 180_000);

  it('load them once each and in their order over a network that drops connections at any byte', async () => {
    const lane = await openLane(bundle);
    const wire = await openWire(new URL(lane.env.DATABASE_URL!));
    await addMeters(lane, SOME);
    const services = [0, 1, 2].map(() => start(lane, { DATABASE_URL: wire.url }));
    const dropping = dropCrowd(lane, SOME, 45);
    let dropped = false;
    void dropping.then(() => {
      dropped = true;
    });
    // On a busy machine the files come faster than the cuts.
    while (!dropped || wire.cuts() <= 50) {
      await sleep(20);
      wire.cutOne(Math.floor(Math.random() * 3_000));
    }
    await dropping;
    wire.mend();
    await awaitEnd(lane, () => services);
    expect(wire.cuts()).toBeGreaterThan(50);
    await expectAllLoaded(lane, SOME);
    expect(await Promise.all(services.map((each) => each.stop()))).toEqual(['0', '0', '0']);
    await wire.close();
    await lane.close();
  }, 180_000);
});

interface Wire {
  readonly url: string;
  /** Cuts a connection when so many bytes more have gone to the server over it. */
  cutOne(afterBytes: number): void;
  cuts(): number;
  mend(): void;
  close(): Promise<void>;
}

/** A way to the server that can be cut. */
async function openWire(to: URL): Promise<Wire> {
  const open = new Map<Socket, { leftBytes: number }>();
  let cuts = 0;
  const wire: Server = createServer((socket) => {
    const upstream = createConnection(Number(to.port), to.hostname);
    const state = { leftBytes: Number.POSITIVE_INFINITY };
    open.set(socket, state);
    const end = () => {
      open.delete(socket);
      socket.destroy();
      upstream.destroy();
    };
    for (const each of [socket, upstream]) each.on('error', end).on('close', end);
    upstream.pipe(socket);
    socket.on('data', (bytes: Buffer) => {
      // The server gets what was sent up to the cut, be it half a message.
      upstream.write(bytes.subarray(0, Math.min(bytes.length, state.leftBytes)));
      state.leftBytes -= bytes.length;
      if (state.leftBytes > 0) return;
      cuts++;
      end();
    });
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  const { port } = wire.address() as { port: number };
  const url = new URL(to);
  url.port = String(port);
  return {
    url: url.href,
    cutOne(afterBytes) {
      const whole = [...open.values()].filter((each) => each.leftBytes === Number.POSITIVE_INFINITY);
      const chosen = whole[Math.floor(Math.random() * whole.length)];
      if (chosen !== undefined) chosen.leftBytes = afterBytes;
    },
    cuts: () => cuts,
    mend() {
      for (const each of open.values()) each.leftBytes = Number.POSITIVE_INFINITY;
    },
    async close() {
      for (const socket of open.keys()) socket.destroy();
      await new Promise((resolve) => wire.close(resolve));
    },
  };
}
