import { execFile } from 'node:child_process';

/** The operating system's user for a process, when it is not the one we are. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

export interface CommandOptions {
  environment: NodeJS.ProcessEnv;
  timeoutSeconds: number;
  directory?: string | undefined;
  account?: Account | undefined;
  signal?: AbortSignal | undefined;
}

export interface CommandResult {
  succeeded: boolean;
  output: string; // both streams; what the system says when the program could not be run at all
  code: string | number | null;
}

/** Runs a program to its end. Its failing is an answer, not an exception. */
export function runCommand(
  executable: string,
  commandArguments: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const settings = {
    env: options.environment,
    cwd: options.directory,
    timeout: options.timeoutSeconds * 1000,
    killSignal: 'SIGKILL',
    uid: options.account?.uid,
    gid: options.account?.gid,
    signal: options.signal,
    maxBuffer: 16 * 1024 * 1024,
    encoding: 'utf8',
  } as const;
  return new Promise((resolve) => {
    const finish = (error: Error | null, stdout: string, stderr: string) => {
      const said = `${stdout}${stderr}`.trim();
      const code =
        error !== null && 'code' in error ? (error.code as string | number | null) : null;
      resolve({ succeeded: error === null, output: said || (error?.message ?? ''), code });
    };
    try {
      execFile(executable, commandArguments, settings, finish);
    } catch (error) {
      // Some failures to start, such as a forbidden directory, are thrown and not called back.
      finish(error as Error, '', '');
    }
  });
}

/** The last line that says something, short enough for a sentence. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? '';
}
