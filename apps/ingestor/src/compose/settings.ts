// What a load needs to know beside the file: the settings of the ingestor, its folders and its mappings.
import type { Archive } from '@cei-inoe/shared/archive';
import type { Pool } from '@cei-inoe/shared/database';
import type { Log } from '@cei-inoe/shared/log';
import type { Mapping } from '../model/mapping.ts';

export interface Surroundings {
  readonly pool: Pool;
  readonly archive: Archive;
  readonly log: Log;
  readonly dataDir: string;
  /** Every mapping that can be used, read afresh when a file is identified. @throws Fault mapping_invalid, mapping_old if the one `named` is broken */
  readonly listMappings: (named?: string) => Promise<readonly Mapping[]>;
  readonly newDatasources: 'refuse' | 'create';
  readonly defaultTimezone: string | undefined;
  /** How many refused records of a batch are stored in the database. */
  readonly keepRejections: number;
  /** Aborted with a Fault as its reason, it ends a load between two chunks of its file. */
  readonly signal?: AbortSignal;
}

/** Told to whoever watches a load: a progress bar, the batch row. */
export interface LoadProgress {
  readonly stage: 'identify' | 'read' | 'merge' | 'done';
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly recordsRead: number;
}
