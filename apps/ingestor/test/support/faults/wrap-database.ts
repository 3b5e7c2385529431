// In the faulty process: makes every statement, connection and piece of COPY data a step that can go wrong.
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { die, type How, makeErrno, reach } from './points.ts';

type Call = (this: unknown, ...args: unknown[]) => unknown;
type Callback = (error?: Error | null) => void;

const socketOf = (client: unknown): Socket => (client as { connection: { stream: Socket } }).connection.stream;
const cut = (socket: Socket) => socket.destroy(makeErrno('ECONNRESET', 'the connection was cut'));

/** Time in which a server on this machine has long done what it was sent. */
const DONE_MS = 60;

/** Leaves what was sent to the server, and loses its answer. */
function cutLater(socket: Socket): void {
  socket.pause();
  setTimeout(() => cut(socket), DONE_MS);
}

const refusal = (sqlstate: string): string =>
  sqlstate === '57P01'
    ? 'DO $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END $$'
    : `DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '${sqlstate}'; END $$`;

interface Statement {
  text: string;
  submit?: unknown;
}

const textOf = (config: unknown): string => (typeof config === 'string' ? config : (config as Statement).text);

const lastOf = new WeakMap<object, string>();

/** The statement's beginning; one that says nothing by itself is told by what came before it. */
function describeStatement(client: object, config: unknown): string {
  const text = textOf(config)
    .replace(/^(\s*--[^\n]*\n)+/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 70);
  const last = lastOf.get(client);
  if (/^(COMMIT|ROLLBACK|RELEASE|SAVEPOINT)/.test(text)) return `${text} after ${last ?? 'nothing'}`;
  lastOf.set(client, text);
  return text;
}

function refuse(config: unknown, args: readonly unknown[], how: How): unknown[] {
  const sql = refusal(how.split(' ')[1] ?? 'XX000');
  if (typeof (config as Statement).submit === 'function') {
    (config as Statement).text = sql;
    return [...args];
  }
  const callback = args.find((each) => typeof each === 'function');
  return callback === undefined ? [sql] : [sql, callback];
}

export function wrapDatabase(): void {
  const client = pg.Client.prototype as unknown as Record<string, Call>;
  const { query, connect } = client as { query: Call; connect: Call };
  client.query = function (this: unknown, ...args: unknown[]) {
    const how = reach(describeStatement(this as object, args[0]));
    if (how === undefined) return query.apply(this, args);
    if (how.startsWith('sqlstate')) return query.apply(this, refuse(args[0], args, how));
    if (how === 'cut') cut(socketOf(this));
    const result = query.apply(this, args);
    if (how === 'during') die();
    if (how === 'cut after') cutLater(socketOf(this));
    return result;
  };
  client.connect = function (this: unknown, ...args: unknown[]) {
    const how = reach('connect');
    const result = connect.apply(this, args);
    if (how === 'during') die();
    if (how !== undefined) cut(socketOf(this));
    return result;
  };
  wrapCopy(Object.getPrototypeOf(from('COPY nothing FROM STDIN')) as Record<string, Call>);
}

function wrapCopy(stream: Record<string, Call>): void {
  for (const [name, label] of [
    ['_write', 'COPY data'],
    ['_writev', 'COPY data'],
    ['_final', 'COPY end'],
  ] as const) {
    const call = stream[name] as Call;
    stream[name] = function (this: unknown, ...args: unknown[]) {
      const how = reach(label);
      const { connection } = this as Writable & { connection?: { stream: Socket } };
      if (how === 'cut' && connection !== undefined) cut(connection.stream);
      call.apply(this, args as [unknown, unknown, Callback]);
      if (how === 'during') die();
      if (how === 'cut after' && connection !== undefined) cutLater(connection.stream);
    };
  }
}
