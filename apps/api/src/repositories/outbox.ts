// The outbox of webhooks as its courier uses it: claiming what is due, writing down how it went, pruning. Sends nothing.
import type { Pool } from '@cei-inoe/shared/database';
import { readSql } from '@cei-inoe/shared/sql';
import { DAY_SECONDS, MAX_GIVEN_UP, type Verdict } from '../webhooks/back-off.ts';

/** A delivery that is ours to send until the claim runs out. */
export interface Claimed {
  readonly id: string;
  readonly claimId: string;
  readonly webhookId: string;
  readonly event: string;
  readonly batch: Readonly<Record<string, unknown>> | null;
  readonly happenedAt: Date;
  /** Counted from 1. */
  readonly attempt: number;
  readonly url: string;
  /** The newest first. */
  readonly secrets: readonly string[];
}

interface ClaimedRow {
  readonly id: string;
  readonly claim_id: string;
  readonly webhook_id: string;
  readonly event: string;
  readonly batch: Record<string, unknown> | null;
  readonly happened_at: Date;
  readonly attempt: number;
  readonly url: string;
  readonly secret: string;
  readonly old_secret: string | null;
}

export interface Outbox {
  /** @param busy webhooks to leave alone for now */
  claim(busy: readonly string[]): Promise<Claimed | undefined>;
  /** Returns why the webhook is off by this, if it is. */
  settle(claimed: Claimed, verdict: Verdict): Promise<'gone' | 'given_up' | undefined>;
  /** Gives the claim back, as if it had not been tried. */
  release(claimed: Claimed): Promise<void>;
  /** Milliseconds until something is due; null: nothing waits. */
  findNextDue(): Promise<number | null>;
  /** Removes what is older than a month. */
  prune(): Promise<void>;
}

/** Well over the time that an attempt may take. */
const CLAIM_SECONDS = 60;
export const KEPT_DAYS = 30;

const RELEASE = `UPDATE webhook_delivery SET attempt = attempt - 1, claim_id = NULL, claimed_until = NULL WHERE id = $1 AND claim_id = $2`;

export function openOutbox(pool: Pool): Outbox {
  return {
    async claim(busy) {
      const { rows } = await pool.query<ClaimedRow>(readSql('webhooks/claim.sql'), [CLAIM_SECONDS, busy]);
      return rows[0] === undefined ? undefined : makeClaimed(rows[0]);
    },
    async settle({ id, claimId }, { status, responseStatus, error, delaySeconds, isGone }) {
      const { rows } = await pool.query<{ active: boolean; off_because: 'gone' | 'given_up' | null }>(
        readSql('webhooks/settle.sql'),
        [id, claimId, status, responseStatus, error, Math.min(delaySeconds, DAY_SECONDS), isGone, MAX_GIVEN_UP],
      );
      return rows[0]?.active === false ? (rows[0].off_because ?? undefined) : undefined;
    },
    async release({ id, claimId }) {
      await pool.query(RELEASE, [id, claimId]);
    },
    async findNextDue() {
      const { rows } = await pool.query<{ ms: number | null }>(readSql('webhooks/next-due.sql'));
      return rows[0]?.ms ?? null;
    },
    async prune() {
      await pool.query(readSql('webhooks/prune.sql'), [KEPT_DAYS]);
    },
  };
}

const makeClaimed = (row: ClaimedRow): Claimed => ({
  id: row.id,
  claimId: row.claim_id,
  webhookId: row.webhook_id,
  event: row.event,
  batch: row.batch,
  happenedAt: row.happened_at,
  attempt: row.attempt,
  url: row.url,
  secrets: row.old_secret === null ? [row.secret] : [row.secret, row.old_secret],
});
