/** The server's log: one JSON object a line on stderr, with ISO time and the name of the level. */
import { type DestinationStream, pino, type Logger, stdTimeFunctions } from 'pino';
import type { LogLevel } from './config/value-parsers.ts';

export type { Logger };

const STDERR = 2;

/** Members that are never written, wherever someone puts them by mistake. */
const SECRET_MEMBERS = ['secret', 'authorization', 'Authorization', 'password', 'token', 'encryptedSecret'];
const REDACT_DEPTH = 4;

/**
 * @param destination stderr when left out, written synchronously: nothing is lost when the process ends
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redactPaths(), censor: '[redacted]' },
  };
  return pino(options, destination ?? pino.destination({ dest: STDERR, sync: true }));
}

/** `secret`, `*.secret`, `*.*.secret`, … */
function redactPaths(): string[] {
  const prefixes = Array.from({ length: REDACT_DEPTH }, (_, depth) => '*.'.repeat(depth));
  return prefixes.flatMap((prefix) => SECRET_MEMBERS.map((member) => prefix + member));
}
