// The PostgreSQL adapter that the schema engine talks through: Prisma's own, with two repairs. Knows no request of the engine.
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { nameDatabase, openSession, readSchema } from './open-session.mjs';

const CHAR_OID = 18;
const TEXT_OID = 25;

/**
 * The adapter refuses the catalog's type "char" (one byte), of which the engine reads constraint types and volatilities.
 * It is let through as text and announced as a character.
 */
function repairChars(adapter) {
  const queryRaw = adapter.queryRaw;
  adapter.queryRaw = async (query) => {
    const result = await adapter.performIO(query);
    const isChar = result.fields.map((field) => field.dataTypeID === CHAR_OID);
    for (const field of result.fields) if (field.dataTypeID === CHAR_OID) field.dataTypeID = TEXT_OID;
    const answer = await queryRaw.call(Object.create(adapter, { performIO: { value: async () => result } }), query);
    const columnTypes = answer.columnTypes.map((type, i) => (isChar[i] ? ColumnTypeEnum.Character : type));
    return { ...answer, columnTypes };
  };
  return adapter;
}

/**
 * Prisma's adapter splits scripts at every semicolon, which cuts function bodies in pieces and lets a failing migration stay
 * half applied. Sent whole, PostgreSQL runs the script as one transaction.
 */
function repairScripts(adapter, pool, onScriptError) {
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script);
    } catch (error) {
      onScriptError?.(error, script);
      adapter.onError(error);
    }
  };
  return adapter;
}

/**
 * The factory that `SchemaEngine.new` takes (to be bound by bindMigrationAwareSqlAdapterFactory).
 * @param pool one from openSession(url); it stays open when the engine lets go of it
 * @param options `shadowUrl` (default: a database made for it), `onScriptError(error)`
 */
export function makeAdapterFactory(url, pool, { shadowUrl, onScriptError } = {}) {
  const factory = new PrismaPg(pool, { schema: readSchema(url) });
  const connect = factory.connect.bind(factory);
  factory.connect = async () => repairScripts(repairChars(await connect()), pool, onScriptError);
  factory.connectToShadowDb = () => (shadowUrl ? openShadow(shadowUrl) : makeShadow(url, pool));
  return factory;
}

async function openShadow(url, onDispose) {
  const pool = openSession(url);
  const adapter = await new PrismaPg(pool, { schema: readSchema(url) }).connect();
  adapter.dispose = async () => {
    await pool.end();
    await onDispose?.();
  };
  return repairScripts(repairChars(adapter), pool);
}

async function makeShadow(url, pool) {
  const database = `prisma_migrate_shadow_db_${globalThis.crypto.randomUUID()}`;
  await pool.query(`CREATE DATABASE "${database}"`);
  return openShadow(nameDatabase(url, database), () => pool.query(`DROP DATABASE "${database}"`));
}
