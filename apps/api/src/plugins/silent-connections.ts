// When the service stops: closes connections over which nothing is being asked, and the others after their answer. Browsers open some
// in advance and keep the used ones; a server that waits for them to speak would wait a minute.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

export function closeSilentConnections(app: FastifyInstance): void {
  const silent = new Set<Socket>();
  let stopping = false;
  app.server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', ({ socket }, response) => {
    silent.delete(socket);
    response.once('close', () => {
      if (stopping) socket.end();
    });
  });
  app.addHook('preClose', async () => {
    stopping = true;
    for (const socket of silent) socket.destroy();
  });
}
