// The form of one entry of the error catalogue. Holds no entry.

/** One error a user can meet. `status` is the HTTP status, `exit` the command's exit code. */
export interface CatalogueEntry {
  readonly status: number;
  readonly exit: 1 | 2 | 3 | 4;
  readonly title: string;
  readonly remedy: string;
}

export const entry = (status: number, exit: CatalogueEntry['exit'], title: string, remedy: string): CatalogueEntry => ({
  status,
  exit,
  title,
  remedy,
});
