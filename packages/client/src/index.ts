// What users of the client import. Holds nothing itself.
export { type CeiClient, type ClientSettings, createClient } from './create-client.ts';
export type { BatchEvent, FollowOptions } from './events.ts';
export type { components, operations, paths } from './generated/schema.ts';
export type { ListOptions, ListPath, RowOf } from './pages.ts';
export { type Problem, ProblemError, unwrap } from './problem.ts';
export type { Batch, FileContent, UploadOptions } from './upload.ts';
export type { Operation, WaitOptions } from './wait.ts';
