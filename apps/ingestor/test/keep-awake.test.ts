import { setTimeout as sleep } from 'node:timers/promises';
import { inTransaction } from '@cei-inoe/shared/database';
import { createDatabase, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepAwake } from '../src/compose/keep-awake.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it.each([
  { everyMs: 100, lives: true },
  { everyMs: 60_000, lives: false },
])(
  'a transaction that is asked something every $everyMs ms outlives the timeout of idle ones: $lives',
  async ({ everyMs, lives }) => {
    const result = inTransaction(database.pool, async (connection) => {
      await connection.query("SET LOCAL idle_in_transaction_session_timeout = '600ms'");
      await keepAwake(connection, () => sleep(1_500), everyMs);
      return (await connection.query('SELECT 7 AS n')).rows[0];
    });
    if (lives) expect(await result).toEqual({ n: 7 });
    else await expect(result).rejects.toThrow();
  },
);
