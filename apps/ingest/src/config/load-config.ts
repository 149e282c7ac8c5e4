/**
 * Command line, environment and configuration file → ServerConfig. Of one setting given in several places
 * the command line wins, then the environment, then the file, then the default.
 */
import { Command, CommanderError } from 'commander';
import { errorMessage } from '@promontory/base';
import type { Setting } from '@promontory/http-api';
import { formatBytes } from './bounded-values.ts';
import { CommandLineExit } from './command-line-exit.ts';
import { readConfigFile } from './config-file.ts';
import type { Flag } from './flag.ts';
import { environmentName, flagEntries, type ServerConfig } from './flags.ts';
import { otlpOptionsOf, withFlagNames } from './otlp-flags.ts';
import { readServerVersion } from './server-version.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting as it was found. */
interface FoundText {
  readonly text: string;
  /** For errors: `--retention`, `PROMONTORY_RETENTION`, `config.yaml: retention`. */
  readonly place: string;
}

const CONFIG_FLAG = 'config';
const HELP_COLUMNS = 110;
/** Each decode thread sets addresses aside for some sixty times as much: of twice as many a process has not enough. */
const DECODED_BYTES_MAX = 128 * 1024 ** 3;
/** As Prometheus shows secrets. */
const HIDDEN_SECRET = '<secret>';

/** What the server runs with, and how people would write it. */
export interface LoadedConfig {
  readonly config: ServerConfig;
  /** For showing: no secrets. The path of the file is among them. */
  readonly settings: readonly Setting[];
}

/**
 * @param argv the arguments alone, without program and script
 * @throws CommandLineExit when there is nothing to run: a usage error, `--help`, `--version`
 */
export function loadConfig(argv: readonly string[], environment: Environment): ServerConfig {
  return loadSettings(argv, environment).config;
}

/** As loadConfig, with the settings as text. */
export function loadSettings(argv: readonly string[], environment: Environment): LoadedConfig {
  const given = parseArguments(argv);
  const filePath = given.get(CONFIG_FLAG) ?? fromEnvironment(environment, CONFIG_FLAG);
  const file = filePath === undefined ? new Map<string, string>() : readConfigFile(filePath);
  const config: Record<string, unknown> = {};
  const settings: Setting[] = [{ name: CONFIG_FLAG, text: filePath ?? '', isInFile: false }];
  for (const [key, flag] of flagEntries()) {
    const found =
      asFound(given.get(flag.name), `--${flag.name}`) ??
      asFound(fromEnvironment(environment, flag.name), environmentName(flag.name)) ??
      asFound(file.get(flag.name), `${filePath}: ${flag.name}`);
    config[key] = readValue(flag, found);
    settings.push({ name: flag.name, text: shownText(flag, found), isInFile: true });
  }
  return { config: checkTogether(config as ServerConfig), settings };
}

function asFound(text: string | undefined, place: string): FoundText | null {
  return text === undefined ? null : { text, place };
}

/** An empty variable is one that is not set. */
function fromEnvironment(environment: Environment, flagName: string): string | undefined {
  const text = environment[environmentName(flagName)];
  return text === '' ? undefined : text;
}

function readValue(flag: Flag<unknown>, found: FoundText | null): unknown {
  if (found === null) return flag.defaultText === null ? null : flag.parse(flag.defaultText);
  try {
    return flag.parse(found.text);
  } catch (error) {
    const shown = flag.isSecret === true ? 'its value' : JSON.stringify(found.text);
    throw CommandLineExit.usageError(`${found.place}: cannot use ${shown}: ${errorMessage(error)}`);
  }
}

function shownText(flag: Flag<unknown>, found: FoundText | null): string {
  const text = found?.text ?? flag.defaultText ?? '';
  return flag.isSecret === true && text !== '' ? HIDDEN_SECRET : text;
}

/** Settings that only make sense together. */
function checkTogether(config: ServerConfig): ServerConfig {
  if ((config.tlsCertPath === null) !== (config.tlsKeyPath === null)) {
    throw CommandLineExit.usageError('--tls-cert and --tls-key: want both or neither');
  }
  if (config.writeBodyBytesMax > config.writeBytesInFlightMax) {
    throw CommandLineExit.usageError('--write-body-bytes-max: want no more than --write-bytes-in-flight-max');
  }
  if (config.decodeThreads * config.writeDecodedBytesMax > DECODED_BYTES_MAX) {
    throw CommandLineExit.usageError(
      `--write-decoded-bytes-max: want no more than ${formatBytes(DECODED_BYTES_MAX)} for all --decode-threads together`,
    );
  }
  checkOtlp(config);
  return config;
}

function checkOtlp(config: ServerConfig): void {
  try {
    otlpOptionsOf(config);
  } catch (error) {
    throw CommandLineExit.usageError(withFlagNames(errorMessage(error)));
  }
}

/** @returns flag name → text, for the flags that were given */
function parseArguments(argv: readonly string[]): ReadonlyMap<string, string> {
  const printed: string[] = [];
  const command = createCommand((text) => printed.push(text));
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) throw CommandLineExit.text(printed.join(''));
    throw CommandLineExit.usageError(oneLine(error.message));
  }
  const given = new Map<string, string>();
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (typeof value === 'string') given.set(option.name(), value);
  }
  return given;
}

function createCommand(print: (text: string) => void): Command {
  const command = new Command('promontory')
    .description('A self-hosted, Prometheus-compatible metrics service.')
    .helpOption('-h, --help', 'print this text')
    .version(readServerVersion(), '--version', 'print the version')
    .allowExcessArguments(false)
    .configureOutput({ writeOut: print, writeErr: () => undefined, getOutHelpWidth: () => HELP_COLUMNS })
    .exitOverride()
    .option(
      `--${CONFIG_FLAG} <PATH>`,
      `YAML file of settings, its keys the names below [env: ${environmentName(CONFIG_FLAG)}]`,
    );
  for (const [, flag] of flagEntries())
    command.option(`--${flag.name} <${flag.placeholder}>`, describeFlag(flag));
  return command;
}

function describeFlag(flag: Flag<unknown>): string {
  const defaultPart = flag.defaultText === null ? '' : `default: ${flag.defaultText}, `;
  return `${flag.help} [${defaultPart}env: ${environmentName(flag.name)}]`;
}

function oneLine(message: string): string {
  return message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
}
