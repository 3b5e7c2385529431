// Opens the schema engine on a database: wasm, adapter and session put together. Decides nothing about migrations.
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { loadWasm } from './load-wasm.mjs';
import { makeAdapterFactory } from './make-adapter.mjs';
import { openSession } from './open-session.mjs';

/**
 * Opens an engine on `url`. Throws what pg or the engine throws when it cannot connect.
 * @param options `pool` from openSession (else one is made), `datamodels` as [path, text] pairs, `shadowUrl`, `onLog(line)`
 * @returns engine, takeScriptError (what PostgreSQL said to the last script it refused) and close (which ends the pool too)
 */
export async function openEngine(
  url,
  { pool = openSession(url), datamodels, shadowUrl, onLog = () => undefined } = {},
) {
  let scriptError;
  const onScriptError = (error) => {
    scriptError = error;
  };
  const { SchemaEngine } = await loadWasm();
  // The pool's first use, so that an error keeps pg's code, which the engine would drop.
  await pool.query('SELECT 1');
  const factory = makeAdapterFactory(url, pool, { shadowUrl, onScriptError });
  const engine = await SchemaEngine.new({ datamodels }, onLog, bindMigrationAwareSqlAdapterFactory(factory));
  return {
    engine,
    takeScriptError() {
      const error = scriptError;
      scriptError = undefined;
      return error;
    },
    close: () => pool.end(),
  };
}
