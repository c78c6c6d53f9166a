import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { choosePorts, loopback } from '../../workers/dev/ports.ts';

const gateway = { port: 'any', purpose: 'the gateway', setting: 'SETTING' } as const;

test('a port that another program holds, and an address that is not ours, are told apart', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, loopback, resolve));
  const { port } = other.address() as { port: number };
  try {
    await expect(choosePorts([{ ...gateway, port }])).rejects.toThrow(
      `Port ${port}, wanted for the gateway, is in use by another program: free it, or set SETTING to another port.`,
    );
  } finally {
    other.close();
  }
  // An address for documentation (RFC 5737): no machine has it.
  await expect(choosePorts([{ ...gateway, host: '192.0.2.1' }])).rejects.toThrow(
    'cannot be opened on 192.0.2.1 (EADDRNOTAVAIL): check that address, or set SETTING to another port.',
  );
});
