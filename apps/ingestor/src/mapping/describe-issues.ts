// Says what zod found wrong with a mapping in words that tell what to write instead. Checks nothing itself.
import type { z } from 'zod';
import { suggestKey } from './suggest-key.ts';

type Issue = z.core.$ZodIssue;

export interface DescribedIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** One entry per key at fault; of several forms that are allowed, the one that comes nearest is explained. */
export function describeIssues(issues: readonly Issue[], above: readonly PropertyKey[] = []): DescribedIssue[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const place = [...path, key];
        return { path: place, message: `There is no key ${key} here; ${suggestKey(place)}` };
      });
    }
    return issue.code === 'invalid_union' ? describeUnion(issue.errors, path) : [{ path, message: describe(issue) }];
  });
}

function describe(issue: Issue): string {
  if (issue.code === 'invalid_value') return `It must be ${listValues([issue])}.`;
  return `${issue.message.replace(/^Invalid input: e/, 'E')}.`;
}

const listValues = (issues: readonly Issue[]): string =>
  issues.flatMap((issue) => (issue.code === 'invalid_value' ? issue.values.map(String) : [])).join(' or ');

function describeUnion(forms: readonly (readonly Issue[])[], path: readonly PropertyKey[]): DescribedIssue[] {
  const choices = forms.map((form) => form.find((issue) => issue.code === 'invalid_value'));
  const first = choices[0];
  // Every form is told by one key, and that key says none of them.
  if (first !== undefined && choices.every((issue) => issue?.path.join() === first.path.join())) {
    const message = `It must be ${listValues(choices.filter((issue) => issue !== undefined))}.`;
    return [{ path: [...path, ...first.path], message }];
  }
  const isOtherType = (form: readonly Issue[]) => form.some((i) => i.code === 'invalid_type' && i.path.length === 0);
  const fitting = forms.filter((form) => !isOtherType(form));
  const near =
    fitting.find((form) => choices[forms.indexOf(form)] === undefined) ??
    (fitting.length === 1 ? fitting[0] : undefined);
  if (near !== undefined) return describeIssues(near, path);
  const types = forms.flat().flatMap((issue) => (issue.code === 'invalid_type' ? [issue.expected] : []));
  return [{ path, message: types.length === 0 ? 'It is not valid.' : `Expected ${[...new Set(types)].join(' or ')}.` }];
}
