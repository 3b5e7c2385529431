// Closes connections over which nothing has been asked when the service stops. Browsers open some in advance; a server that
// waits for them to speak would wait a minute.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

export function closeSilentConnections(app: FastifyInstance): void {
  const silent = new Set<Socket>();
  app.server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', ({ socket }) => silent.delete(socket));
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
  });
}
