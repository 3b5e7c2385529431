// Lets a process that is told to end leave the embedded server first, so that Ctrl-C does not leave it running. Knows no server.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Leave = () => Promise<unknown>;
const leaving = new Set<Leave>();
let ending = false;

/** Whether the process was told to end and does so now: whatever fails from then on is no news. */
export const isEnding = (): boolean => ending;

function onSignal(signal: NodeJS.Signals): void {
  // Who listens for signals closes what it has opened in its own time.
  if (process.listenerCount(signal) > 1) return;
  ending = true;
  // A second signal ends at once.
  stopListening();
  void Promise.allSettled([...leaving].map((leave) => leave())).then(() => process.kill(process.pid, signal));
}

function stopListening(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** From now on a signal that would end this process runs `leave` first. Returns the way to call that off. */
export function leaveOnSignal(leave: Leave): () => void {
  if (leaving.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal);
  leaving.add(leave);
  return () => {
    leaving.delete(leave);
    if (leaving.size === 0) stopListening();
  };
}
