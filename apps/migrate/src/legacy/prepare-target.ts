// Gets the new tables ready: parks the old ones where they are in the way, and applies the migrations there. Copies nothing.
import { Fault } from '@cei-inoe/shared/errors';
import { runUp } from '../commands.ts';
import { makeContext } from '../context.ts';
import type { Context } from './context.ts';
import type { OldSide } from './old-side.ts';
import { parkOldTables } from './park.ts';

/** @returns the old side as it is now. @throws Fault legacy_blocked, history_missing, schema_missing, usage where both sides are one database */
export async function prepareTarget({ target, old, flags, targetUrl, say }: Context): Promise<OldSide> {
  if (!old.park) {
    await assertApart(target, old);
    return old;
  }
  const parked = await parkOldTables(old, flags.oldRole);
  const context = await makeContext({}, { ...process.env, DATABASE_URL: targetUrl });
  await runUp({ ...context, say });
  return parked;
}

async function assertApart(target: Context['target'], old: OldSide): Promise<void> {
  const { rows } = await target.query<{ both: boolean }>(
    "SELECT to_regclass('public.ingest_file') IS NOT NULL AND to_regclass('public.generic_device') IS NOT NULL AS both",
  );
  if (rows[0]?.both === true && old.schema === 'public') {
    throw new Fault(
      'usage',
      'The old tables stand in DATABASE_URL itself, under the names of the new ones: say --park instead of --source-url.',
    );
  }
}
