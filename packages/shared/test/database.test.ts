import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPool } from '../src/database.ts';
import { createDatabase, type TestDatabase } from '../src/testing/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(`ALTER DATABASE ${database.name} SET "TimeZone" = 'Asia/Nicosia'`);
});
afterAll(() => database.drop());

const SHOWN = `SELECT current_setting('TimeZone') AS zone, current_setting('DateStyle') AS style, current_setting('work_mem') AS work_mem,
  current_setting('jit') AS jit, current_setting('application_name') AS name`;

it.each([
  { what: 'says nothing else', query: '', workMem: '4MB' },
  { what: 'has options of its own', query: '?options=-c%20work_mem%3D7MB', workMem: '7MB' },
  { what: 'has others beside them', query: '?connect_timeout=5&options=-c+work_mem=7MB', workMem: '7MB' },
  { what: 'names another zone', query: '?options=-c%20TimeZone%3DAsia/Tokyo%20-c%20work_mem%3D7MB', workMem: '7MB' },
])('a session is in UTC where the address $what', async ({ query, workMem }) => {
  const pool = openPool(`${database.url}${query}`, { applicationName: 'shown', max: 1, settings: { jit: 'off' } });
  try {
    const { rows } = await pool.query(SHOWN);
    expect(rows).toEqual([{ zone: 'UTC', style: 'ISO, MDY', work_mem: workMem, jit: 'off', name: 'shown' }]);
  } finally {
    await pool.end();
  }
});
