// Verifies beside a writer: what he changes while the two sides are read is told apart from what is wrong. Changes only what a catch-up changes.
import type { ChangedKey } from './capture.ts';
import type { OldSide, Queryable } from './old-side.ts';
import { follow, type Work } from './run.ts';
import { type Difference, MOST_DIFFERENCES, type Verification, verifyMove } from './verify.ts';
import { readDecisions, readSettings } from './workroom.ts';

interface Group {
  readonly dataset: string;
  readonly source: string;
  readonly day: string;
}

/**
 * Catches up, verifies, and where something differs looks whether the writer touched it meanwhile: only this process empties the queue, so
 * that every change since the catch-up is in it. The cutover checks once more under its lock.
 */
export async function verifyLive(work: Work): Promise<Verification> {
  const { target, old, probe } = work;
  const { phase } = await readSettings(target);
  const isOpen = phase === 'copied' || phase === 'copying';
  if (isOpen) await follow(work);
  const verification = await verifyMove(target, old, probe.tables, await readDecisions(target));
  if (verification.passed || !isOpen) return verification;
  const changed = await peekQueue(old);
  if (changed.length === 0) return verification;
  const before = await listGroups(target, changed);
  await follow(work);
  return excuse(verification, changed, [...before, ...(await listGroups(target, changed))]);
}

async function peekQueue(old: OldSide): Promise<ChangedKey[]> {
  const { rows } = await old.pool.query<ChangedKey>('SELECT DISTINCT tab, key FROM legacy_capture.queue');
  return rows;
}

/** The days of sources in which these rows stand. */
async function listGroups(target: Queryable, changed: readonly ChangedKey[]): Promise<Group[]> {
  const { rows } = await target.query<Group>(
    `SELECT DISTINCT r.dataset, r.source, r.day::text AS day FROM legacy_move.reading r
     JOIN jsonb_to_recordset($1) AS c(tab text, key text) ON c.tab = r.tab AND (c.key = r.key OR c.key IS NULL)
     WHERE r.source IS NOT NULL AND r.day IS NOT NULL`,
    [JSON.stringify(changed)],
  );
  return rows;
}

const DAY_MS = 86_400_000;

function excuse(verification: Verification, changed: readonly ChangedKey[], groups: readonly Group[]): Verification {
  const tables = new Set(changed.map(({ tab }) => tab));
  // A local day begins on the day before or after by the clock of UTC.
  const days = new Set(
    groups.flatMap(({ dataset, source, day }) =>
      [-1, 0, 1].map(
        (shift) => `${dataset}|${source}|${new Date(Date.parse(day) + shift * DAY_MS).toISOString().slice(0, 10)}`,
      ),
    ),
  );
  const isExcused = ({ dataset, source, at }: Difference) => days.has(`${dataset}|${source}|${at.slice(0, 10)}`);
  const left = verification.differences.filter((difference) => !isExcused(difference));
  const touched = new Set(groups.map(({ dataset }) => dataset));
  // A list that was cut short excuses nothing.
  const wrong = new Set(left.map(({ dataset }): string => dataset));
  const isWhole = verification.differences.length < MOST_DIFFERENCES;
  const checks = verification.checks.map((check) => {
    const [first = '', second = ''] = check.name.split(' ');
    const isMoving =
      first === 'conservation'
        ? tables.has(second)
        : isWhole && /by (source and day|content)$/.test(check.name) && touched.has(first) && !wrong.has(first);
    return check.passed || !isMoving
      ? check
      : { ...check, passed: true, detail: `${check.detail}; changed while it was read` };
  });
  return { passed: checks.every(({ passed }) => passed), checks, differences: left };
}
