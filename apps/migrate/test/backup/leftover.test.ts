// What a restore that was killed leaves behind on the server.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openPool } from '@cei-inoe/shared/database';
import { createDatabase, makeTempDir } from '@cei-inoe/shared/testing';
import { expect, it } from 'vitest';
import { run } from './support.ts';

it('a database that a killed restore left is named by the next one, with what to do; one in use is not', async () => {
  const [source, dir] = await Promise.all([createDatabase(), makeTempDir()]);
  const name = `cei_restore_${randomUUID().replaceAll('-', '')}`;
  const used = `cei_restore_${randomUUID().replaceAll('-', '')}`;
  const place = { url: source.url, dir: dir.path };
  const file = join(dir.path, 'small.zip');
  try {
    await source.pool.query(`CREATE DATABASE ${name}`);
    expect((await run(place, ['backup', file])).code).toBe(0);
    const first = await run(place, ['verify', file]);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain(`left by a restore that was killed: ${name}; `);
    expect(first.stderr).toContain(`\`DROP DATABASE ${name}\``);
    await source.pool.query(`ALTER DATABASE ${name} RENAME TO ${used}`);
    const pool = openPool(source.url.replace(/\/[^/]*$/, `/${used}`), { applicationName: 'test', max: 1 });
    await pool.query('SELECT 1');
    expect((await run(place, ['verify', file])).stderr).not.toContain(used);
    await pool.end();
  } finally {
    for (const left of [name, used]) await source.pool.query(`DROP DATABASE IF EXISTS ${left} WITH (FORCE)`);
    await Promise.all([source.drop(), dir.remove()]);
  }
});
