// What the workbook worker is asked and what it answers. Holds no logic.
import type { FaultCode } from '@cei-inoe/shared/error-catalogue';
import type { RecordChunk } from '../../model/records.ts';

/** Given once, when the worker starts. With `sheet` it reads that sheet, without it lists the sheets. */
export interface WorkbookRequest {
  readonly path: string;
  /** The workbook itself, where it is not the file at `path`: taken out of an archive. */
  readonly bytes?: Uint8Array;
  /** Name, or 1-based number among the visible sheets. */
  readonly sheet?: string | number;
}

/** Answer to each "next" (any message). */
export type WorkbookReply =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'chunk'; readonly chunk: RecordChunk }
  | { readonly kind: 'end' }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly message: string };
