// In the faulty process: names every step of the ingestor that the outside world sees, and lets one of them go wrong. Decides nothing about loads.

/** What is done at the step that was chosen. `before`, `during` and `torn` end the process as kill -9 does; the rest makes the step fail. */
export type How =
  /** Dies before the step is begun. */
  | 'before'
  /** Dies as soon as the step was sent to the server, which may well carry it out. */
  | 'during'
  /** Dies when half of the file is written. */
  | 'torn'
  /** The step is not done and fails with this errno. */
  | `errno ${string}`
  /** Half of the file is written, then it fails with this errno. */
  | `half ${string}`
  /** The server refuses the statement with this SQLSTATE; 57P01 ends the session, too. */
  | `sqlstate ${string}`
  /** The connection is cut before the statement is sent. */
  | 'cut'
  /** The server carries the statement out, and its answer is lost with the connection. */
  | 'cut after';

export interface Point {
  readonly label: string;
  /** Which occurrence of the label since it was armed, from 1. */
  readonly nth: number;
  readonly how: How;
}

export type Order =
  | { readonly do: 'go'; readonly args: readonly string[]; readonly arm?: Point; readonly record?: boolean }
  | { readonly do: 'arm'; readonly arm: Point }
  | { readonly do: 'record' }
  | { readonly do: 'tell' }
  | { readonly do: 'later'; readonly ms: number }
  | { readonly do: 'disk'; readonly full: boolean };

export type Report = { readonly told: readonly string[] } | { readonly hit: Point } | { readonly ready: true };

/** Steps that need room on the disk. */
export const takesRoom = (label: string): boolean =>
  /^(open|mkdir|rename|link|writeFile|copyFile|sync|stream (open|write)|openSync|writeFileSync)\b/.test(label);

let diskIsFull = false;
let armed: Point | undefined;
let seen = new Map<string, number>();
let record: string[] | undefined;

export function arm(point: Point | undefined): void {
  armed = point;
  seen = new Map();
}

export function startRecord(): void {
  record = [];
}

export function tellRecord(): readonly string[] {
  const told = record ?? [];
  record = undefined;
  return told;
}

export function setDisk(full: boolean): void {
  diskIsFull = full;
}

/** Ends this process as kill -9 does: nothing runs after it. */
export function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

/** Counts the step; tells what is to go wrong at it, once. Ends the process where that is `before`. */
export function reach(label: string): How | undefined {
  record?.push(label);
  if (diskIsFull && takesRoom(label)) return 'errno ENOSPC';
  if (armed?.label !== label) return undefined;
  const nth = (seen.get(label) ?? 0) + 1;
  seen.set(label, nth);
  if (nth !== armed.nth) return undefined;
  const point = armed;
  armed = undefined;
  if (point.how === 'before') die();
  process.send?.({ hit: point } satisfies Report);
  return point.how;
}

export function makeErrno(code: string, what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected, ${what}`), { code, errno: -5, syscall: what });
}
