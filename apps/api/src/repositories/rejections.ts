// Streams the refusals of a batch as CSV that a spreadsheet can open safely. Changes nothing.

import type { Readable } from 'node:stream';
import type { Pool } from '@cei-inoe/shared/database';
import { readSql } from '@cei-inoe/shared/sql';
import pg from 'pg';
import { openCopy } from './copy-out.ts';

/** @param batchId a checked UUID */
export function openRejectionsCsv(pool: Pool, batchId: string): Promise<Readable> {
  const query = readSql('api/rejections-export.sql', {
    batch: pg.escapeLiteral(batchId),
    column: quoteFormula('e."column"'),
    text: quoteFormula('e."text"'),
    message: quoteFormula('e.message'),
    raw: quoteFormula('r.raw::text'),
  });
  return openCopy(pool, `COPY (${query}) TO STDOUT (FORMAT csv, HEADER)`);
}

/** Spreadsheets run what begins with one of = + - @, or with a tab or carriage return before it. A plain number is none. */
function quoteFormula(cell: string): string {
  return `CASE WHEN ${cell} ~ E'^[=+@\\\\t\\\\r-]' AND ${cell} !~ '^[+-]?[0-9]+([.,][0-9]+)?$' THEN '''' || ${cell} ELSE ${cell} END`;
}
