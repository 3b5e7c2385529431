// What a person chose for a move, kept with it, so that catch-up, verification and cutover decide as the run did. Decides nothing.
import type { Queryable } from './old-side.ts';
import type { LegacyMap } from './read-map.ts';

export interface Choices {
  readonly map: LegacyMap;
  /** Zone of the sources that have none of their own. */
  readonly timezone: string | undefined;
  readonly recover: boolean;
}

/** As JSON has it: a Map becomes a list of pairs, undefined goes. */
interface Stored {
  readonly map: Omit<LegacyMap, 'zones' | 'idEpoch' | 'timezone'> & {
    readonly zones: readonly (readonly [string, string])[];
    readonly timezone: string | null;
  };
  readonly timezone: string | null;
  readonly recover: boolean;
}

export async function storeChoices(target: Queryable, { map, timezone, recover }: Choices): Promise<void> {
  const { zones, entries, policies } = map;
  const stored: Stored = {
    map: { zones: [...zones], entries, policies, timezone: map.timezone ?? null },
    timezone: timezone ?? null,
    recover,
  };
  await target.query('UPDATE legacy_move.settings SET choices = $1', [JSON.stringify(stored)]);
}

/** The choices of the last run; undefined where none has begun. */
export async function readChoices(target: Queryable): Promise<Choices | undefined> {
  const { rows } = await target.query<{ choices: Stored | null }>('SELECT choices FROM legacy_move.settings');
  const stored = rows[0]?.choices;
  if (stored === undefined || stored === null) return undefined;
  const { map, timezone, recover } = stored;
  return {
    map: { ...map, timezone: map.timezone ?? undefined, idEpoch: undefined, zones: new Map(map.zones) },
    timezone: timezone ?? undefined,
    recover,
  };
}
