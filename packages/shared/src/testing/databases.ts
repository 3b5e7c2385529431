// Databases for tests: clones of the migrated template, or empty ones. Dropping one fails the test if a connection was leaked.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { openPool, type Pool } from '../database.ts';
import './provided.ts';
import { TEMPLATE } from './server.ts';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  readonly pool: Pool;
  /** @throws Error naming the connections that somebody forgot to close */
  drop(): Promise<void>;
}

/** A database of its own, migrated; on another server than that of the run where its URL is given. */
export const createDatabase = (serverUrl = findServerUrl()): Promise<TestDatabase> => create(TEMPLATE, serverUrl);

/** A database of its own with nothing in it. */
export const createEmptyDatabase = (): Promise<TestDatabase> => create('template0', findServerUrl());

export const findServerUrl = (): string => inject('serverUrl');

async function create(template: string, serverUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const url = serverUrl.replace(/\/[^/]*$/, `/${name}`);
  const pool = openPool(url, { applicationName: 'test', max: 8 });
  return {
    url,
    name,
    pool,
    async drop() {
      await pool.end();
      const leaked = await listLeaked(serverUrl, name);
      await onServer(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
      if (leaked.length > 0) throw new Error(`leaked connections to ${name}:\n${leaked.join('\n')}`);
    },
  };
}

async function onServer<T>(serverUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const LEAKED = `
  SELECT format('pid %s, %s, %s: %s', pid, application_name, state, left(query, 200)) AS line FROM pg_stat_activity
  WHERE datname = $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/** Connections that are still there a second after everybody should have gone: closing one takes the server a moment. */
async function listLeaked(serverUrl: string, name: string): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    const lines = await onServer(serverUrl, async (client) =>
      (await client.query<{ line: string }>(LEAKED, [name])).rows.map((row) => row.line),
    );
    if (lines.length === 0 || attempt >= 20) return lines;
    await sleep(50);
  }
}
