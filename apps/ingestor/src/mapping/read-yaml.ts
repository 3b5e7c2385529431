// Turns the text of a mapping file into plain data, within limits, and remembers on which line each key stands. Knows no mapping.
import { type ErrorDetail, Fault } from '@cei-inoe/shared/errors';
import { type Document, isMap, LineCounter, type Pair, parseDocument, visit } from 'yaml';

const MAX_BYTES = 256 * 1024;
const MAX_ALIASES = 50;

export interface ParsedYaml {
  readonly value: unknown;
  /** The line of the key (or list entry) at `path`, or of the nearest one above it. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/** @throws Fault mapping_invalid, naming the lines at fault */
export function readYaml(name: string, yaml: string): ParsedYaml {
  if (Buffer.byteLength(yaml) > MAX_BYTES) throw new Fault('mapping_invalid', `Mapping ${name} is over 256 KiB.`);
  const counter = new LineCounter();
  const document = parse(name, yaml, counter);
  const lineAt = (offset: number | undefined) => (offset === undefined ? 1 : counter.linePos(offset).line);
  const errors = [...document.errors, ...document.warnings].map((problem) => ({
    line: problem.linePos?.[0].line ?? 1,
    message: problem.message.split('\n')[0] ?? '',
  }));
  errors.push(...checkNodes(document, lineAt));
  if (errors.length > 0) throw new Fault('mapping_invalid', `Mapping ${name} is not valid YAML.`, { errors });
  return {
    value: makePlain(name, document),
    lineOf: (path) => lineAt(findOffset(document, path)),
  };
}

function parse(name: string, yaml: string, lineCounter: LineCounter): Document {
  try {
    return parseDocument(yaml, { lineCounter, uniqueKeys: true });
  } catch (error) {
    // Thousands of open brackets exhaust the stack of the parser.
    throw new Fault('mapping_invalid', `Mapping ${name} is nested too deeply.`, { cause: error });
  }
}

/** Aliases that stand in keys are looked up only now. */
function makePlain(name: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw new Fault('mapping_invalid', `Mapping ${name} is not valid YAML: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function checkNodes(document: Document, lineAt: (offset: number | undefined) => number) {
  const errors: { line: number; message: string }[] = [];
  let aliases = 0;
  visit(document, {
    Alias(_, node) {
      if (++aliases === MAX_ALIASES + 1)
        errors.push({ line: lineAt(node.range?.[0]), message: `There are more than ${MAX_ALIASES} aliases.` });
    },
    Pair(_, pair) {
      if (readKey(pair) === '__proto__')
        errors.push({ line: lineAt(findStart(pair.key)), message: '__proto__ cannot be a key.' });
    },
  });
  return errors satisfies ErrorDetail[];
}

const findStart = (node: unknown): number | undefined =>
  (node as { range?: [number, number, number] } | null)?.range?.[0];
const readKey = (pair: Pair): unknown => (pair.key as { value?: unknown } | null)?.value;

function findOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(parent) ? parent.items.find((item) => readKey(item) === path[depth - 1]) : undefined;
    const offset = findStart(pair?.key) ?? findStart(document.getIn(path.slice(0, depth), true));
    if (offset !== undefined) return offset;
  }
  return undefined;
}
