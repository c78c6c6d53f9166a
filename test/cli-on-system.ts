import { tmpdir } from 'node:os';
import type { Command } from 'commander';
import { inject, vi } from 'vitest';
import type { TestSystem } from './system.ts';

/** Runs a command of the command line in this process, on this system: its status, and all that it said. */
export async function runOn(
  { databases, namespace }: TestSystem,
  command: Command,
  words: readonly string[],
): Promise<{ status: unknown; output: string }> {
  let output = '';
  const line = (text: unknown): void => void (output += `${String(text)}\n`);
  vi.spyOn(console, 'log').mockImplementation(line);
  vi.spyOn(console, 'error').mockImplementation(line);
  vi.stubEnv('KUASHENG_DATABASE_URL', databases.urlTemplate);
  vi.stubEnv('KUASHENG_DATA_DIRECTORY', tmpdir());
  vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
  vi.stubEnv('TEMPORAL_NAMESPACE', namespace);
  const { exitCode } = process;
  try {
    await command.parseAsync(words, { from: 'user' });
    return { status: process.exitCode, output };
  } finally {
    process.exitCode = exitCode;
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
}
