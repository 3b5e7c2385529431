// What the commands of `pnpm migrate:legacy` work with: both databases, the choices, where text goes. One move at a time holds the lock.

import { BASE_SETTINGS, readConfig } from '@cei-inoe/shared/config';
import { openPool, type Pool } from '@cei-inoe/shared/database';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { countQueue } from './capture.ts';
import type { Choices } from './choices.ts';
import { type OldSide, openOldSide, SESSION } from './old-side.ts';
import { makePace, type Pace } from './pace.ts';
import { type Probe, probeOldSide } from './probe.ts';
import { type LegacyMap, readInstant, readMap } from './read-map.ts';
import { hasWorkroom, readSettings } from './workroom.ts';

export interface Flags {
  readonly sourceUrl?: string;
  readonly park?: boolean;
  readonly map?: string;
  readonly mapTemplate?: string;
  readonly timezone?: string | undefined;
  readonly weatherCsv?: 'local' | 'utc';
  readonly idEpoch?: string;
  readonly recover?: boolean;
  readonly chunk?: number;
  readonly maxRowsPerS?: number;
  readonly oldRole?: string;
  readonly reverseDays?: number;
  readonly acceptOverflow?: boolean;
  readonly endReverse?: boolean;
  readonly yes?: boolean;
  readonly report?: string;
  readonly json?: boolean;
}

export interface Context {
  readonly flags: Flags;
  readonly dataDir: string;
  readonly targetUrl: string;
  readonly target: Pool;
  readonly old: OldSide;
  say(text: string): void;
  print(text: string): void;
}

/** Opens both sides, runs `work`, closes both. @throws Fault usage, database_unreachable and what `work` throws */
export async function withContext<T>(flags: Flags, work: (context: Context) => Promise<T>): Promise<T> {
  const config = readConfig(BASE_SETTINGS, process.env);
  const database = await openDatabaseUrl(config);
  const target = openPool(database.url, { applicationName: 'cei-legacy', max: 4, settings: SESSION });
  try {
    const old = await openOldSide({ sourceUrl: flags.sourceUrl, park: flags.park === true }, database.url);
    try {
      return await work({
        flags,
        dataDir: config.DATA_DIR,
        targetUrl: database.url,
        target,
        old,
        say: (text) => process.stderr.write(`${text}\n`),
        print: (text) => process.stdout.write(`${text}\n`),
      });
    } finally {
      await old.close();
    }
  } finally {
    await target.end();
    await database.close();
  }
}

const LOCK_KEY = 72707370;

/** Runs `work` while no other move works on this database. @throws Fault legacy_running */
export async function withMoveLock<T>({ target }: Pick<Context, 'target'>, work: () => Promise<T>): Promise<T> {
  const connection = await target.connect();
  try {
    const { rows } = await connection.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [LOCK_KEY]);
    if (rows[0]?.taken !== true) throw new Fault('legacy_running');
    try {
      return await work();
    } finally {
      await connection.query('SELECT pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
    }
  } finally {
    connection.release();
  }
}

export interface Prepared {
  readonly map: LegacyMap;
  readonly probe: Probe;
  readonly choices: Choices;
}

/** Probes the old side and puts flags and map together; a flag says more than the map. */
export async function prepare({ flags, old }: Context): Promise<Prepared> {
  const read = await readMap(flags.map);
  const weather_csv = flags.weatherCsv ?? read.policies.weather_csv;
  const map = { ...read, policies: { ...read.policies, weather_csv } };
  const epoch = flags.idEpoch === undefined ? map.idEpoch : readInstant(flags.idEpoch, '--id-epoch');
  const probe = await probeOldSide(old, epoch).catch((error: unknown) => {
    throw makeFault(error);
  });
  return { map, probe, choices: { map, timezone: flags.timezone, recover: flags.recover === true } };
}

export function openPace({ flags, target, old, say }: Context): Pace {
  return makePace({
    chunk: flags.chunk,
    maxRowsPerS: flags.maxRowsPerS,
    say,
    isPaused: async () => (await hasWorkroom(target)) && (await readSettings(target)).paused,
    queueDepth: () => countQueue(old.pool),
  });
}
