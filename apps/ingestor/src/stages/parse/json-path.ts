// Paths into a JSON document: `energy.values`, `result[0].rows`, `days[].hours`. Reads no document.
import { Fault } from '@cei-inoe/shared/errors';

export type Segment = { readonly key: string } | { readonly index: number } | { readonly each: true };

const SEGMENT = /^(?:\.?([^.[\]]+)|\[(\d*)\])/;

/** @throws Fault json_records_unknown where the text is no path */
export function parsePath(path: string): Segment[] {
  const segments: Segment[] = [];
  for (let rest = path; rest !== ''; ) {
    const match = SEGMENT.exec(rest);
    if (match === null || (segments.length === 0 && rest.startsWith('.')))
      throw new Fault('json_records_unknown', `"${path}" is no path; write a.b, a[0].b or a[].b.`);
    const [taken, key, index] = match;
    if (key !== undefined) segments.push({ key });
    else segments.push(index === '' ? { each: true } : { index: Number(index) });
    rest = rest.slice(taken.length);
  }
  return segments;
}
