import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Settings } from './settings.ts';

const levels: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** What the SDK says of its work goes into the log of the process. */
export function installRuntime(settings: Settings, log: Logger): void {
  const level = settings.KUASHENG_LOG_LEVEL === 'debug' ? 'INFO' : 'WARN';
  const logger = new DefaultLogger(level, ({ level: of, message, meta }) => {
    log[levels[of]](meta ?? {}, message);
  });
  // Ctrl-C and SIGTERM are ours: the SDK's own handlers would stop workers before the parent asks.
  Runtime.install({ logger, shutdownSignals: [] });
}
