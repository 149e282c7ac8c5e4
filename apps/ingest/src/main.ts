/** The server `promontory`: reads its configuration, starts, and stops on SIGTERM or SIGINT. */
import { errorCode, errorMessage } from '@promontory/base';
import { CommandLineExit } from './config/command-line-exit.ts';
import { type LoadedConfig, loadSettings } from './config/load-config.ts';
import { readServerVersion } from './config/server-version.ts';
import { createLogger, type Logger } from './logger.ts';
import { firstStartText } from './first-start-text.ts';
import { type RunningServer, startServer } from './server.ts';

const EXIT_FAILED = 1;

function readConfig(): LoadedConfig {
  try {
    return loadSettings(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof CommandLineExit)) throw error;
    if (error.exitCode === 0) process.stdout.write(error.message);
    else process.stderr.write(`promontory: ${error.message}\n`);
    return process.exit(error.exitCode);
  }
}

/** Signals from the start on: one that comes while the server starts is obeyed as soon as it has. */
class StopRequest {
  readonly #signal: Promise<string>;

  constructor() {
    this.#signal = new Promise((resolve) => {
      // Not `once`: a second signal must not end the process in the middle of its stop.
      process.on('SIGTERM', () => resolve('SIGTERM'));
      process.on('SIGINT', () => resolve('SIGINT'));
    });
  }

  /** The first signal. */
  wait(): Promise<string> {
    return this.#signal;
  }
}

async function run(): Promise<void> {
  const loaded = readConfig();
  const { config } = loaded;
  const stopRequest = new StopRequest();
  const logger = createLogger(config.logLevel);
  const server = await start(loaded, logger);
  if (server.createdKey !== null) process.stdout.write(firstStartText(server.url, server.createdKey));
  process.stdout.write(`listening on ${server.url}\n`);
  logger.info({ url: server.url, dataDirectory: config.dataDirectory }, 'listening');
  server.failed.catch((error: unknown) =>
    exitFailed(logger, error, 'a stage of the write path ended by itself'),
  );
  const asked = server.quitAsked.then(() => 'a request to /-/quit');
  logger.info({ signal: await Promise.race([stopRequest.wait(), asked]) }, 'stopping');
  try {
    await server.stop();
  } catch (error) {
    exitFailed(logger, error, 'cannot stop cleanly');
  }
  process.exit(0);
}

async function start({ config, settings }: LoadedConfig, logger: Logger): Promise<RunningServer> {
  const version = readServerVersion();
  const build = {
    version,
    revision: process.env['PROMONTORY_REVISION'] ?? 'unknown',
    branch: 'main',
    buildUser: '',
    buildDate: '',
    runtime: `node ${process.version}`,
  };
  try {
    return await startServer(config, { build, settings }, logger);
  } catch (error) {
    return exitFailed(logger, error, 'cannot start');
  }
}

function exitFailed(logger: Logger, error: unknown, what: string): never {
  logger.fatal({ code: errorCode(error), error: errorMessage(error) }, what);
  process.stderr.write(`promontory: ${what}: ${errorMessage(error)}\n`);
  process.exit(EXIT_FAILED);
}

await run();
