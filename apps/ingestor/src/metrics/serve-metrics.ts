// Serves /metrics of the ingestor over HTTP, where a port is set. Counts nothing itself.
import { createServer } from 'node:http';
import { Fault } from '@cei-inoe/shared/errors';
import type { Registry } from 'prom-client';

export interface MetricsServer {
  /** The port that was taken: another than was asked for where that was 0. */
  readonly port: number;
  close(): Promise<void>;
}

/** @throws Fault port_in_use */
export async function serveMetrics(registry: Registry, port: number, host: string): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) =>
        response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new Fault('port_in_use', `METRICS_PORT ${port} of ${host} cannot be used: ${error.message}.`, { cause: error }),
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
