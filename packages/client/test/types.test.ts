// What the compiler must know and must refuse. Sends nothing: `tsc` is what fails here.
import { describe, expectTypeOf, test } from 'vitest';
import { type Batch, type CeiClient, type ListPath, type Problem, type RowOf, unwrap } from '../src/index.ts';

declare const client: CeiClient;

/** Checked, not run. */
const never = (_: () => unknown): void => undefined;

describe('types', () => {
  test('know the rows of readings and of lists', () => {
    expectTypeOf<RowOf<'/energy/hourly'>>().toMatchObjectType<{
      datasource_id: number;
      ts: string;
      energy_kwh: number;
      batch_id: string;
      source_row: number | null;
    }>();
    expectTypeOf<RowOf<'/environmental'>['temperature']>().toEqualTypeOf<number | null>();
    expectTypeOf<RowOf<'/batches'>>().toEqualTypeOf<Batch>();
    expectTypeOf<RowOf<'/batches/{batch_id}/rejections'>['line']>().toEqualTypeOf<number | null>();
  });

  test('know which paths are lists', () => {
    expectTypeOf<'/energy/hourly' | '/dairy/daily' | '/datasources' | '/batches'>().toExtend<ListPath>();
    expectTypeOf<'/health'>().not.toExtend<ListPath>();
    expectTypeOf<'/energy/aggregate'>().not.toExtend<ListPath>();
  });

  test('know data, and problems', () => {
    never(async () => {
      const { data, error } = await client.GET('/batches/{batch_id}', { params: { path: { batch_id: 'x' } } });
      expectTypeOf(data).toEqualTypeOf<Batch | undefined>();
      expectTypeOf(error).toExtend<Problem | undefined>();
      expectTypeOf(error?.code).toEqualTypeOf<string | undefined>();
      expectTypeOf(await unwrap(client.GET('/energy/hourly'))).toHaveProperty('next_cursor');
      for await (const row of client.listAll('/energy/daily')) expectTypeOf(row.energy_kwh).toEqualTypeOf<number>();
    });
  });

  test('refuse what the API would refuse', () => {
    // @ts-expect-error there is no such path
    never(() => client.GET('/energy/yearly'));
    // @ts-expect-error there is no such parameter
    never(() => client.GET('/energy/hourly', { params: { query: { meter: 'meter-1' } } }));
    // @ts-expect-error an interval is one of six
    never(() => client.GET('/energy/aggregate', { params: { query: { interval: 'fortnight' } } }));
    // @ts-expect-error the batch is not said
    never(() => client.POST('/batches/{batch_id}/undo'));
    // @ts-expect-error the batch is not said
    never(() => client.listAll('/batches/{batch_id}/rejections'));
    // @ts-expect-error pages are turned by listAll
    never(() => client.listAll('/energy/hourly', { query: { cursor: 'x' } }));
    // @ts-expect-error a reading names its time
    never(() => client.POST('/energy/hourly', { body: [{ external_id: 'meter-1', energy_kwh: 1 }] }));
    // @ts-expect-error it has no name
    never(() => client.uploadFile({ content: new Blob() }));
  });
});
