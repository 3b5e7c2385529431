// Opens Prisma Client on a pool of ours, for everything but measurements and loads. Knows no table.
import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from './database.ts';
import { PrismaClient } from './generated/client.ts';

export type { PrismaClient } from './generated/client.ts';

/**
 * Makes a client that borrows its connections from `pool`; ending the pool is the caller's business, `$disconnect` leaves it open.
 * The pool must come from `openPool`: the adapter takes every timestamptz for UTC whatever offset stands behind it, so in a session of
 * another zone all instants would be wrong by that offset.
 */
export function openPrisma(pool: Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
}
