import { findServerUrl } from '@cei-inoe/shared/testing';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../../src/legacy/commands.ts';
import { HOURLY, openMove } from './support.ts';

/** The mutation: a reading belongs to whom its foreign key names today. */
vi.mock('@cei-inoe/shared/sql', async (load) => {
  const real = await load<typeof import('@cei-inoe/shared/sql')>();
  const trustTheKey = (text: string) =>
    text.replace(
      'coalesce(b.source,\n',
      "coalesce(CASE s.fk_register WHEN 'device' THEN d.folded ELSE g.folded END, b.source,\n",
    );
  return {
    ...real,
    readSql: (path: string) =>
      path === 'legacy/decide-readings.sql' ? trustTheKey(real.readSql(path)) : real.readSql(path),
  };
});

describe.runIf(findServerUrl() !== '')('the mutation "trust the foreign key"', () => {
  it('puts readings on wrong meters, and the verifier turns red', async () => {
    const move = await openMove();
    try {
      await expect(move.run(run)).rejects.toMatchObject({ code: 'legacy_differs' });
      const wrong = (await move.ask<{ said: string }>(HOURLY)).map(({ said }) => said);
      // The first reading of meter a, which device 1 was then; generic_device 1 is meter b.
      expect(wrong).toContain('b 2025-03-30 00:00:00 1.1');
    } finally {
      await move.end();
    }
  });
});
