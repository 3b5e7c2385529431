// Months by the names that exports give them: English, German, Dutch, French, Italian, Spanish, Portuguese, Greek, Danish, Norwegian, Swedish.
// Knows no dates.

const NAMES: readonly (readonly string[])[] = [
  'january januar jänner janvier gennaio enero janeiro januari ιανουάριος ιανουαρίου',
  'february februar feber février febbraio febrero fevereiro februari φεβρουάριος φεβρουαρίου',
  'march märz maerz mrz maart mrt mars marzo março μάρτιος μαρτίου',
  'april avril aprile abril απρίλιος απριλίου',
  'may mai mei maggio mayo maio maj μάιος μαΐου',
  'june juni juin giugno junio junho ιούνιος ιουνίου',
  'july juli juillet luglio julio julho ιούλιος ιουλίου',
  'august augustus août agosto augusti αύγουστος αυγούστου',
  'september septembre settembre septiembre setiembre setembro σεπτέμβριος σεπτεμβρίου',
  'october oktober octobre ottobre octubre outubro οκτώβριος οκτωβρίου',
  'november novembre noviembre novembro νοέμβριος νοεμβρίου',
  'december dezember décembre dicembre diciembre dezembro desember δεκέμβριος δεκεμβρίου',
].map((names) => names.split(' ').map(fold));

/** Small letters without accents; a sigma is a sigma wherever it stands. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/ς/g, 'σ');
}

const known = new Map<string, number>();

/** 1 to 12 of a name, whole or shortened to three letters or more; 0 where it is none, or may be two (`jui`). */
export function findMonth(name: string): number {
  const before = known.get(name);
  if (before !== undefined) return before;
  const month = lookUp(fold(name));
  if (known.size < 1_000) known.set(name, month);
  return month;
}

function lookUp(name: string): number {
  if (name.length < 3) return 0;
  const months = NAMES.flatMap((names, at) => (names.some((whole) => whole.startsWith(name)) ? [at + 1] : []));
  return months.length === 1 ? (months[0] as number) : 0;
}
