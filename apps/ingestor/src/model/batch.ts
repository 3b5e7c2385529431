// The batch as an ingestor handles it. Holds no logic.
import type { LoadOptions, SourceType } from '@cei-inoe/shared/batches';

/** Where a dropped file lay, so that it can be moved on when its batch has ended. */
export interface DropPlace {
  /** Name of the file as it was dropped. */
  readonly name: string;
  /** Subfolder of incoming/ it lay in, or '' */
  readonly folder: string;
}

/** `ingest_batch.context`: what a redo needs to read the file the same way. */
export interface BatchContext {
  readonly options?: LoadOptions;
  readonly drop?: DropPlace;
  /** Ids of the datasources that it may touch, where who handed it in may not touch all. */
  readonly fence?: readonly number[];
  /** external id → IANA name in force at the load */
  readonly zones?: Readonly<Record<string, string | null>>;
  readonly decisions?: Readonly<Record<string, unknown>>;
}

/** A batch that this process has claimed. `attempt` is its own: nobody else completes it while both still stand. */
export interface ClaimedBatch {
  readonly batchId: string;
  readonly attempt: number;
  readonly claimedBy: string;
  readonly sourceType: SourceType;
  readonly sourceName: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly datasourceId: number | null;
  readonly dryRun: boolean;
  readonly context: BatchContext;
  readonly createdAt: Date;
}
