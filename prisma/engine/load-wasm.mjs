// Loads Prisma's schema engine, compiled to WebAssembly, into this process. Knows nothing of databases.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

let loading;
let lastPanic;

// The engine's panic hook calls this global; without it a panic would end in an unrelated TypeError.
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(message) {
    lastPanic = message;
  },
};

/** What the engine last said when it panicked, if it did. */
export const findPanic = () => lastPanic;

/**
 * The engine gives its advisory lock ten seconds by a timer that it never clears. It may not keep the process alive that long:
 * while there is work, the connection does.
 */
function withIdleTimers(bindings) {
  const name = Object.keys(bindings).find((key) => key.startsWith('__wbg_setTimeout_'));
  return name === undefined ? bindings : { ...bindings, [name]: (run, ms) => setTimeout(run, ms >>> 0).unref() };
}

async function loadOnce() {
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const wasmPath = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm');
  const wasm = await readFile(wasmPath);
  // The package expects a bundler that imports .wasm files; Node 20 needs it done by hand.
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': withIdleTimers(bindings) });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}

/** The engine's exports (`SchemaEngine`, `version`, …), loaded at the first call. */
export function loadWasm() {
  loading ??= loadOnce();
  return loading;
}
