// Makes one datasource of what the two old registers say of it: the newer one wins where it says something, the older fills gaps. Touches no database.
import { DATA_TYPES, DATASOURCE_STATUSES } from '@cei-inoe/shared/batches';
import { openZone } from '@cei-inoe/shared/zone';

type Json = Readonly<Record<string, unknown>>;

/** A row of one of the two registers. */
export interface Entry {
  readonly register: 'device' | 'generic_device';
  readonly row: Json;
  /** The external id as the new database folds it; it alone knows what its lower() makes of a name in Greek or Turkish. */
  readonly folded: string | null;
}

export interface Conflict {
  readonly field: string;
  readonly kept: string;
  readonly other: string;
}

export interface MergedSource {
  readonly folded: string;
  readonly externalId: string;
  readonly fields: Json;
  readonly zone: string | null;
  /** `register`, `map`, `default` (of --timezone), or `unknown`. */
  readonly zoneFrom: string;
  /** What the registers said where that is no zone, or only a default. */
  readonly zoneSaid: string | null;
  readonly secrets: Readonly<Record<string, string>>;
  readonly conflicts: readonly Conflict[];
  readonly handles: readonly { readonly register: string; readonly id: number }[];
  readonly spellings: readonly string[];
}

export interface ZoneChoice {
  /** Of --timezone: for every source whose own zone is missing, no zone, or the default of V008. */
  readonly fallback: string | undefined;
  readonly bySource: ReadonlyMap<string, string>;
  /** Whether the database knows the name. */
  isKnown(name: string): boolean;
}

/** What btrim() leaves of a name, which takes off spaces and nothing else. */
const trimName = (name: string): string => name.replace(/^ +| +$/g, '');

const say = (value: unknown): string | null => {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
  return text === '' || text === 'Unknown' ? null : text;
};

const metadataOf = ({ row }: Entry): Json =>
  typeof row.metadata === 'object' && row.metadata !== null ? (row.metadata as Json) : {};

/** Merges all entries on lower(trim(external id)). Entries without an external id are left out; the ledger says so. */
export function mergeSources(entries: readonly Entry[], zones: ZoneChoice): MergedSource[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const folded = entry.folded ?? '';
    if (folded === '') continue;
    groups.set(folded, [...(groups.get(folded) ?? []), entry]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([folded, group]) => mergeGroup(folded, group, zones));
}

/** Newest first: generic_device before device, and of twins the one that came first, as later ones were typed by hand. */
function sortGroup(group: readonly Entry[]): Entry[] {
  const rank = ({ register, row }: Entry) => (register === 'generic_device' ? 0 : 1e9) + Number(row.id);
  return [...group].sort((a, b) => rank(a) - rank(b));
}

const FIELDS = ['alias', 'client', 'name'] as const;

function mergeGroup(folded: string, group: readonly Entry[], zones: ZoneChoice): MergedSource {
  const sorted = sortGroup(group);
  const conflicts: Conflict[] = [];
  const pick = (field: string, read: (entry: Entry) => unknown): string | null => {
    const said = sorted.map((entry) => say(read(entry))).filter((text) => text !== null);
    const [kept] = said;
    for (const other of new Set(said.slice(1))) {
      if (kept !== undefined && other !== kept) conflicts.push({ field, kept, other });
    }
    return kept ?? null;
  };
  const readers: Record<(typeof FIELDS)[number], (entry: Entry) => unknown> = {
    alias: ({ row }) => row.alias,
    client: ({ row }) => row.client,
    name: (entry) => entry.row.device_name ?? metadataOf(entry).name,
  };
  const texts = Object.fromEntries(FIELDS.map((field) => [field, pick(field, readers[field])]));
  const oldest = sorted.at(-1);
  const generic = sorted.find(({ register }) => register === 'generic_device');
  const zone = pickZone(folded, sorted, zones);
  return {
    folded,
    externalId: trimName(String((oldest?.register === 'device' ? oldest : sorted[0])?.row.device_id ?? folded)),
    fields: {
      ...texts,
      description: pick('description', ({ row }) => row.description),
      ...describeKind(generic),
      metadata: mergeMetadata(sorted),
      created_at:
        sorted
          .map(({ row }) => String(row.created_at ?? ''))
          .filter(Boolean)
          .sort()[0] ?? null,
    },
    ...zone,
    ...collectSecrets(sorted, conflicts),
    conflicts,
    handles: sorted.map(({ register, row }) => ({ register, id: Number(row.id) })),
    spellings: [...new Set(sorted.map(({ row }) => trimName(String(row.device_id))))],
  };
}

function describeKind(generic: Entry | undefined): Json {
  const type = say(generic?.row.device_type)?.toLowerCase() ?? 'energy';
  const status = say(generic?.row.status)?.toLowerCase() ?? 'unknown';
  const known = {
    type: DATA_TYPES.find((one) => one === type),
    status: DATASOURCE_STATUSES.find((one) => one === status),
  };
  const isApi = type === 'weather' && generic !== undefined && say(metadataOf(generic).external_id) !== null;
  return {
    data_type: known.type ?? 'other',
    status: known.status ?? 'unknown',
    source_category: isApi ? 'api' : 'device',
    legacy: {
      ...(known.type === undefined ? { device_type: generic?.row.device_type } : {}),
      ...(known.status === undefined ? { status: generic?.row.status } : {}),
    },
  };
}

const OWN_KEYS = new Set(['name', 'device_token']);
const KNOWN_COLUMNS = new Set(
  'id device_id device_token device_name device_type alias client description status timezone metadata created_at updated_at'.split(
    ' ',
  ),
);

function mergeMetadata(sorted: readonly Entry[]): Json {
  const merged: Record<string, unknown> = {};
  const extra: Record<string, unknown> = {};
  for (const entry of [...sorted].reverse()) {
    for (const [key, value] of Object.entries(metadataOf(entry))) if (!OWN_KEYS.has(key)) merged[key] = value;
    for (const [key, value] of Object.entries(entry.row)) if (!KNOWN_COLUMNS.has(key)) extra[key] = value;
  }
  return Object.keys(extra).length === 0 ? merged : { ...merged, legacy: extra };
}

/** All tokens are kept, the newest under the plain name; what a conflict shows of them is no token. */
function collectSecrets(sorted: readonly Entry[], conflicts: Conflict[]): Pick<MergedSource, 'secrets'> {
  const tokens = sorted
    .toSorted((a, b) => (a.register === b.register ? 0 : a.register === 'generic_device' ? -1 : 1))
    .map((entry) => say(entry.row.device_token ?? metadataOf(entry).device_token))
    .filter((token) => token !== null);
  const distinct = [...new Set(tokens)];
  if (distinct.length > 1)
    conflicts.push({ field: 'device_token', kept: 'the newer', other: 'kept as device_token_2' });
  return {
    secrets: Object.fromEntries(
      distinct.map((token, at) => [at === 0 ? 'device_token' : `device_token_${at + 1}`, token]),
    ),
  };
}

function pickZone(folded: string, sorted: readonly Entry[], zones: ZoneChoice) {
  const said = sorted.map(({ row }) => row.timezone).find((text) => typeof text === 'string');
  const zoneSaid = said === undefined ? null : String(said);
  const mapped = zones.bySource.get(folded);
  if (mapped !== undefined) return { zone: mapped, zoneFrom: 'map', zoneSaid };
  const own = sorted
    .map(({ row }) => say(row.timezone))
    .find((text) => text !== null && text !== 'UTC' && isZone(text, zones));
  if (own !== undefined && own !== null) return { zone: own, zoneFrom: 'register', zoneSaid };
  if (zones.fallback !== undefined) return { zone: zones.fallback, zoneFrom: 'default', zoneSaid };
  return { zone: null, zoneFrom: 'unknown', zoneSaid };
}

/** An IANA name that this process and the database both know. */
export function isZone(name: string, zones: Pick<ZoneChoice, 'isKnown'>): boolean {
  try {
    return openZone(name).kind === 'iana' && zones.isKnown(name);
  } catch {
    return false;
  }
}
