// Makes the OpenAPI document shorter without changing what it says: no unused components, one name per thing, failures described once.

interface Operation {
  requestBody?: { required?: boolean; content?: Record<string, object> };
  responses?: Record<string, object>;
}

interface Document {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, object>; responses?: Record<string, object> };
}

const SCHEMAS = '#/components/schemas/';
const REFERENCE = /"#\/components\/schemas\/([^"]+)"/g;

/** @returns a copy of `given` */
export function tidyDocument<T>(given: T): T {
  const document = structuredClone(given) as Document;
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path));
  for (const { requestBody } of operations) freeBody(requestBody);
  const responses = collectProblems(operations);
  const schemas = dropUnused(document, responses);
  document.components = { ...document.components, schemas, responses };
  return renameInputs(document, Object.keys(schemas)) as T;
}

/** A body that may be null may be left out. */
function freeBody(body: Operation['requestBody']): void {
  if (body !== undefined && JSON.stringify(body.content).includes('{"type":"null"}')) body.required = false;
}

/** Puts references in the place of the answers that are problems. @returns what they refer to */
function collectProblems(operations: readonly Operation[]): Record<string, object> {
  const found = new Map<string, object>();
  for (const { responses = {} } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      const types = Object.keys((response as { content?: object }).content ?? {});
      if (types.join() !== 'application/problem+json') continue;
      const name = `Problem${status}`;
      found.set(name, response);
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => a.localeCompare(b)));
}

const listNames = (part: unknown): string[] =>
  [...JSON.stringify(part).matchAll(REFERENCE)].map(([, name = '']) => name);

/** The schemas that paths and answers refer to, and those that these refer to. */
function dropUnused({ paths, components }: Document, responses: object): Record<string, object> {
  const used = new Set<string>();
  const open = listNames([paths, responses]);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    open.push(...listNames(components?.schemas?.[name] ?? {}));
  }
  return Object.fromEntries(Object.entries(components?.schemas ?? {}).filter(([name]) => used.has(name)));
}

/** What is only ever sent, or the same both ways, needs no name for the way in. */
function renameInputs(document: Document, names: readonly string[]): Document {
  const { schemas = {} } = document.components ?? {};
  const renamed = new Map<string, string>();
  for (const name of names) {
    const plain = name.replace(/Input$/, '');
    if (plain === name) continue;
    const isFree = schemas[plain] === undefined;
    if (isFree) schemas[plain] = schemas[name] ?? {};
    if (!isFree && !isSame(schemas[plain], schemas[name])) continue;
    renamed.set(name, plain);
    delete schemas[name];
  }
  const text = JSON.stringify(document).replace(REFERENCE, (_, name: string) =>
    JSON.stringify(`${SCHEMAS}${renamed.get(name) ?? name}`),
  );
  return JSON.parse(text) as Document;
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
