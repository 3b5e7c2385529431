import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULTS, REJECTIONS } from '../src/error-catalogue.ts';
import { ERROR_PAGE, makeErrorPage } from '../src/error-page.ts';
import { describeFault, Fault, makeFault } from '../src/errors.ts';

describe('the error catalogue', () => {
  it('is what docs/errors.md says (pnpm docs:errors writes it)', () => {
    expect(readFileSync(ERROR_PAGE, 'utf8')).toBe(makeErrorPage());
  });

  it('says for every code what happened and what to do, in whole sentences', () => {
    for (const [code, entry] of Object.entries({ ...FAULTS, ...REJECTIONS })) {
      expect(entry.title, code).toMatch(/^[A-Z`].*\.$/);
      expect(entry.remedy, code).toMatch(/[.)]$/);
      expect(code).toMatch(/^[a-z0-9_]+$/);
    }
  });
});

describe('an error of the system', () => {
  const named = (code: string, message = 'x') => Object.assign(new Error(message), { code });

  it.each([
    ['ECONNREFUSED', 'database_unreachable'],
    ['28P01', 'database_auth_failed'],
    ['3D000', 'database_missing'],
    ['42P01', 'schema_missing'],
    ['ENOSPC', 'disk_full'],
    ['EADDRINUSE', 'port_in_use'],
    ['XX000', 'internal'],
  ])('with code %s becomes %s', (code, expected) => {
    expect(makeFault(named(code)).code).toBe(expected);
  });

  it('keeps its code when it is the cause of another', () => {
    expect(makeFault(new Error('outer', { cause: named('28P01') })).code).toBe('database_auth_failed');
  });

  it('is found inside the several attempts at a host with two addresses', () => {
    const both = new AggregateError(
      [named('ECONNREFUSED', 'connect ECONNREFUSED ::1:5432'), named('ECONNREFUSED')],
      '',
    );
    expect(makeFault(both)).toMatchObject({ code: 'database_unreachable', message: 'connect ECONNREFUSED ::1:5432' });
  });

  it('is told with its place and the remedy', () => {
    const fault = new Fault('mapping_invalid', 'Mapping x:', {
      errors: [{ line: 3, field: 'columns', message: 'is missing.' }],
    });
    expect(describeFault(fault).split('\n')).toEqual([
      'error mapping_invalid: The mapping is not valid. Mapping x:',
      '  line 3: columns: is missing.',
      '→ Correct the line named.',
    ]);
  });
});
