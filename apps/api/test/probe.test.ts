// The probe's own connection: there is never more than one, however it ends.
import { createDatabase } from '@cei-inoe/shared/testing/databases';
import { expect, test } from 'vitest';
import { openProbe } from '../src/probe.ts';

test('a connection that is cut leaves one that follows it alone, and none stays when the probe is closed', async () => {
  const database = await createDatabase();
  const probe = openProbe(database.url);
  const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cei-api-probe'";
  for (let round = 0; round < 10; round++) {
    await probe.ask('SELECT 1');
    const broken = probe.ask('SELECT pg_sleep(1)').catch(() => 'cut');
    await database.pool.query(`${cut} AND datname = current_database()`);
    expect(await broken).toBe('cut');
    expect(await Promise.all([1, 2, 3].map(() => probe.ask('SELECT 1')))).toHaveLength(3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await probe.ask('SELECT 1');
  }
  await probe.close();
  await database.drop();
});
