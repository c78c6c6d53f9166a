import { createServer, type Server } from 'node:net';
import { StartFailure } from './start-failure.ts';

/** The servers that we start listen here only: they are not meant for other machines. */
export const loopback = '127.0.0.1';

export interface PortRequest {
  port: number | 'any';
  purpose: string; // what listens there, for the sentence
  setting: string; // the setting that moves it
  host?: string; // loopback where left out
}

/** Finds out which ports to use; a port that is asked for by number must be free. */
export async function choosePorts(requests: readonly PortRequest[]): Promise<number[]> {
  const held: Server[] = [];
  try {
    // All are held until the last is found, so that two requests for any port get two ports.
    for (const request of requests) held.push(await hold(request));
    return held.map(portOf);
  } finally {
    await Promise.all(held.map(letGo));
  }
}

function hold({ port, purpose, setting, host = loopback }: PortRequest): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const trouble =
        error.code === 'EADDRINUSE'
          ? 'is in use by another program: free it'
          : `cannot be opened on ${host} (${error.code ?? error.message}): check that address`;
      reject(
        new StartFailure(
          `Port ${port}, wanted for ${purpose}, ${trouble}, or set ${setting} to another port.`,
        ),
      );
    });
    server.listen({ port: port === 'any' ? 0 : port, host, exclusive: true }, () => {
      resolve(server);
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port.');
  return address.port;
}

function letGo(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
