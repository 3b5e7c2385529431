// What somebody may have meant by a key that a mapping does not know. Checks nothing.
import { distance } from 'fastest-levenshtein';
import { makeMappingSchema } from './make-schema.ts';

/** A piece of JSON Schema, as far as it tells which keys there are. */
interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node | readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

let schema: Node | undefined;

/** `did you mean columns?`, or the keys that there are; `path` leads to the key, which is its last part. */
export function suggestKey(path: readonly PropertyKey[]): string {
  const key = String(path.at(-1) ?? '');
  const known = listKeys(path.slice(0, -1));
  const near = known
    .map((name) => ({ name, distance: distance(key.toLowerCase(), name) }))
    .filter((each) => each.distance <= Math.max(1, Math.floor(each.name.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0];
  if (near !== undefined) return `did you mean ${near.name}?`;
  return known.length === 0 ? 'take it out.' : `there are ${known.join(', ')}.`;
}

function listKeys(path: readonly PropertyKey[]): string[] {
  schema ??= makeMappingSchema() as Node;
  let nodes = [schema].flatMap(listForms);
  for (const step of path) nodes = nodes.flatMap((node) => enter(node, String(step))).flatMap(listForms);
  return [...new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

const listForms = (node: Node): Node[] => [node, ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(listForms)];

function enter({ properties, additionalProperties, items }: Node, step: string): readonly Node[] {
  if (properties !== undefined && Object.hasOwn(properties, step)) return [properties[step] as Node];
  if (typeof additionalProperties === 'object') return [additionalProperties];
  return items === undefined ? [] : [items].flat();
}
