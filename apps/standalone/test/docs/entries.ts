// What may be said of a block in the table. Names none.

interface Entry {
  /** How the block begins. */
  readonly begins: string;
}
/** Executed on the system of the test, in the order of the page; what is printed is compared with what is written. */
export interface Run extends Entry {
  readonly how: 'run';
  /** Makes what the page takes for granted. */
  readonly before?: string;
  readonly after?: string;
  /** What differs from run to run, beside ids, times and durations. */
  readonly vary?: readonly RegExp[];
  /** Of these commands it is only checked that they could be run. */
  readonly unrun?: RegExp;
  /** The block is what this command prints. */
  readonly command?: string;
  /** Exit codes beside 0 and 3. */
  readonly exits?: number;
}
/** Cannot run here: scripts, flags, routes and settings are checked. */
interface Unrun extends Entry {
  readonly how: 'commands';
  readonly why: string;
}
/** EXPLAINed, or begun and rolled back. */
interface Sql extends Entry {
  readonly how: 'sql';
}
/** Held by another test, which names the page. */
interface Elsewhere extends Entry {
  readonly how: 'elsewhere';
  readonly test: string;
}
/** `pnpm mappings lint` and `test`; `before` is what a fragment leaves out. */
interface MappingText extends Entry {
  readonly how: 'mapping';
  readonly before?: string;
}
interface Other extends Entry {
  /** `seed`: a file for `pnpm seed`; `tree`: paths that are there; `metrics`: names of metrics; `problem`: a body of an error; `start`: what the system said when it came up;
   * `picture`: the routes and tables that it names are there. */
  readonly how: 'seed' | 'tree' | 'metrics' | 'problem' | 'start' | 'picture';
}
export type How = Run | Unrun | Elsewhere | Sql | MappingText | Other;
