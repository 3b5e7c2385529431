// Decides the rows that are no readings: registers, files and logs. Writes only in the workroom.
import { readSql } from '@cei-inoe/shared/sql';
import type { Queryable } from './old-side.ts';

/** Gives every row of a register, of ingest_file and of the log tables its outcome; rows whose outcome stands keep it. */
export async function decideOthers(target: Queryable): Promise<void> {
  await target.query(readSql('legacy/decide-others.sql'));
}
