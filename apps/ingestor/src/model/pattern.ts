// Patterns of mappings, compiled once for the process: the engine (RE2: linear time) takes longer to compile one than to run it.
import { RE2JS } from 're2js';

export type Pattern = RE2JS;

const compiled = new Map<string, Pattern>();
/** Mappings come and go while the service runs. */
const MAX_KEPT = 1_000;

/** @throws RE2JSSyntaxException where the text is no pattern */
export function compilePattern(text: string): Pattern {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const pattern = RE2JS.compile(text);
  if (compiled.size >= MAX_KEPT) compiled.clear();
  compiled.set(text, pattern);
  return pattern;
}
