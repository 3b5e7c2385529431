// A reading that a load or an operation changes, as reports show it. Holds no logic.

/** Values of measures by name; only those that differ. */
export type Values = Readonly<Record<string, number | null>>;

export interface ChangeExample {
  /** external id */
  readonly datasource: string;
  /** ISO instant, or the local day */
  readonly time: string;
  readonly before: Values;
  /** null: the reading goes. */
  readonly after: Values | null;
}
