// Answers the Prisma CLI: JSON-RPC 2.0, one message a line, in order. Knows which of the CLI's requests differ from the engine's methods.
import { createInterface } from 'node:readline';
import { findPanic } from './load-wasm.mjs';
import { reportConnectionError, reportPanic, reportRequestError } from './name-errors.mjs';
import { openEngine } from './open-engine.mjs';

const METHODS = new Set([
  'applyMigrations',
  'createMigration',
  'dbExecute',
  'debugPanic',
  'devDiagnostic',
  'diagnoseMigrationHistory',
  'diff',
  'ensureConnectionValidity',
  'evaluateDataLoss',
  'introspect',
  'introspectSql',
  'markMigrationApplied',
  'markMigrationRolledBack',
  'reset',
  'schemaPush',
]);

async function callEngine({ engine }, { method, params, id }, send) {
  if (method === 'getDatabaseVersion') return engine.version(params);
  if (!METHODS.has(method)) throw new Error(`The schema engine has no method ${method}`);
  const result = (await engine[method](params)) ?? {};
  // The CLI prints what comes as a notification and does not look for it in the result.
  if (method === 'diff')
    send({ jsonrpc: '2.0', id: `print-${id}`, method: 'print', params: { content: result.stdout ?? '' } });
  return result;
}

/**
 * Reads requests from `input` until it ends and writes answers to `output`.
 * @param options `url`, `shadowUrl`, `datamodels`, `log(line)`
 */
export async function answerRequests({ url, shadowUrl, datamodels, log }, input, output) {
  const send = (message) => output.write(`${JSON.stringify(message)}\n`);
  let opening;
  const open = () => {
    if (!url) throw new Error('This request needs a database: set DATABASE_URL.');
    opening ??= openEngine(url, { shadowUrl, datamodels, onLog: log });
    return opening;
  };
  let current;
  // A panic does not reach the promise of the request: it comes out of a microtask of the wasm module, whose state is then undefined.
  process.once('uncaughtException', (error) => {
    send({ jsonrpc: '2.0', id: current?.id ?? null, error: makeError(reportPanic(findPanic() ?? error.message)) });
    output.write('', () => process.exit(101));
  });
  const answer = async (request) => {
    current = request;
    let session;
    try {
      session = await open();
    } catch (error) {
      return send({ jsonrpc: '2.0', id: request.id, error: makeError(reportConnectionError(error)) });
    }
    try {
      send({ jsonrpc: '2.0', id: request.id, result: await callEngine(session, request, send) });
    } catch (error) {
      const report = reportRequestError(error, request.method, session.takeScriptError());
      send({ jsonrpc: '2.0', id: request.id, error: makeError(report) });
    }
  };
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const message = line.trim() === '' ? undefined : JSON.parse(line);
    // What has no method is the CLI's receipt for a `print`.
    if (message?.method) await answer(message);
  }
  await opening?.then((session) => session.close()).catch(() => undefined);
}

const makeError = (report) => ({
  code: 4466,
  message: 'An error happened. Check the data field for details.',
  data: report,
});
