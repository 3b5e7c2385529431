// Preloaded into the apps that `pnpm start` runs: they end when it is gone, even if it was killed.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

// Under --reload our parent is node's watcher, which does not notice: its process group, ours, is ended with it.
const starter = Number(process.env.STARTED_BY ?? 0);
if (starter > 0) {
  const timer = setInterval(() => {
    try {
      process.kill(starter, 0);
    } catch {
      clearInterval(timer);
      process.kill(0, 'SIGTERM');
    }
  }, 1_000);
  timer.unref();
}
// Listening keeps the channel, and so the process, open; it is to end when its own work is done.
process.channel?.unref();
