import type pg from 'pg';

export function readSchema(url: string): string | undefined;
export function openSession(url: string, onNotice?: (text: string | undefined) => void): pg.Pool;
export function nameDatabase(url: string, database: string): string;
