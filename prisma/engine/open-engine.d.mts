import type pg from 'pg';

/** A migration as the engine takes it. */
export interface MigrationList {
  baseDir: string;
  lockfile: { path: string; content: string | null };
  shadowDbInitScript: string;
  migrationDirectories: { path: string; migrationFile: { path: string; content: { tag: 'ok'; value: string } } }[];
}

/** The one request that we make of the engine ourselves. */
export interface SchemaEngine {
  applyMigrations(input: {
    migrationsList: MigrationList;
    filters: { externalTables: string[]; externalEnums: string[] };
  }): Promise<{ appliedMigrationNames: string[] }>;
}

export function openEngine(
  url: string,
  options?: {
    pool?: pg.Pool;
    datamodels?: [string, string][];
    shadowUrl?: string;
    onLog?: (line: string) => void;
  },
): Promise<{
  engine: SchemaEngine;
  takeScriptError(): (Error & { code?: string; position?: string; detail?: string }) | undefined;
  close(): Promise<void>;
}>;
