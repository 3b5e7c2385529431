// Every error a user can meet: its code, HTTP status, exit code, what happened and what to do. Holds no logic.
import { BACKUP_FAULTS } from './catalogue/backup.ts';
import { CONTENT_FAULTS } from './catalogue/content.ts';
import { FILE_FAULTS } from './catalogue/files.ts';
import { LEGACY_FAULTS } from './catalogue/legacy.ts';
import { OPERATION_FAULTS } from './catalogue/operation.ts';
import { REJECTIONS } from './catalogue/rejections.ts';
import { WEBHOOK_FAULTS } from './catalogue/webhooks.ts';

export type { CatalogueEntry } from './catalogue/entry.ts';
export { REJECTIONS };

/** Faults of files, requests and the machinery around them: these stop a command, a request or a batch. */
export const FAULTS = {
  ...OPERATION_FAULTS,
  ...LEGACY_FAULTS,
  ...BACKUP_FAULTS,
  ...FILE_FAULTS,
  ...CONTENT_FAULTS,
  ...WEBHOOK_FAULTS,
} as const;

export type FaultCode = keyof typeof FAULTS;
export type RejectionCode = keyof typeof REJECTIONS;
