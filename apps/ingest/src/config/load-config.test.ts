import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_OTLP_TRANSLATION_OPTIONS } from '@promontory/otlp';
import { formatDuration } from '@promontory/promql';
import { DEFAULT_TSDB_LIMITS } from '@promontory/tsdb';
import { formatBytes } from './bounded-values.ts';
import { CommandLineExit } from './command-line-exit.ts';
import type { Flag } from './flag.ts';
import { environmentName, flagEntries, type ServerConfig } from './flags.ts';
import { otlpOptionsOf } from './otlp-flags.ts';
import { type Environment, loadConfig, loadSettings } from './load-config.ts';

let folder: string;
let fileCount = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function yamlFile(text: string): string {
  const path = join(folder, `${fileCount++}.yaml`);
  writeFileSync(path, text);
  return path;
}

function exitOf(argv: readonly string[], environment: Environment = {}): CommandLineExit {
  try {
    loadConfig(argv, environment);
  } catch (error) {
    if (error instanceof CommandLineExit) return error;
    throw error;
  }
  throw new Error('expected an exit');
}

describe('defaults', () => {
  it('are those of the table', () => {
    expect(loadConfig([], {})).toMatchObject({
      httpListen: { host: '127.0.0.1', port: 3242 },
      dataDirectory: './data',
      bootstrapAccessKey: null,
      tlsCertPath: null,
      tlsKeyPath: null,
      logLevel: 'info',
      retentionMs: 15 * 86_400_000,
      outOfOrderWindowMs: 3_600_000,
      futureWindowMs: 600_000,
      writeBodyBytesMax: 32 * 1024 ** 2,
      writeDecodedBytesMax: 32 * 1024 ** 2,
      writeBytesInFlightMax: 256 * 1024 ** 2,
      logBytesMax: 64 * 1024 ** 2,
      queryBytesInFlightMax: 512 * 1024 ** 2,
      queryQueueMax: 256,
      queryTimeoutMs: 120_000,
      querySamplesMax: 50_000_000,
      queryMemoryBytesMax: 2 ** 30,
      queryExperimental: true,
      lookbackDeltaMs: 300_000,
      shutdownTimeoutMs: 4000,
    });
  });

  it('of the storage are its own', () => {
    const config: Readonly<Record<string, unknown>> = loadConfig([], {});
    const shared = Object.entries(DEFAULT_TSDB_LIMITS).filter(([name]) => name in config);
    expect(shared.map(([name]) => [name, config[name]])).toEqual(shared);
    expect(shared.map(([name]) => name)).toEqual(
      expect.arrayContaining(['retentionBytesMax', 'diskReserveBytes', 'exemplarsMax', 'seriesIdleMs']),
    );
  });

  it('have at least one thread of each kind', () => {
    const { decodeThreads, queryThreads } = loadConfig([], {});
    expect(decodeThreads).toBeGreaterThanOrEqual(1);
    expect(queryThreads).toBeGreaterThanOrEqual(decodeThreads);
  });
});

describe('values', () => {
  const accepted: readonly [flag: string, text: string, key: keyof ServerConfig, value: unknown][] = [
    ['http-listen', '[::1]:0', 'httpListen', { host: '::1', port: 0 }],
    ['http-listen', ':9090', 'httpListen', { host: '0.0.0.0', port: 9090 }],
    ['http-listen', 'localhost:65535', 'httpListen', { host: 'localhost', port: 65_535 }],
    ['bootstrap-access-key', 'id:a:b c', 'bootstrapAccessKey', { accessKeyId: 'id', secret: 'a:b c' }],
    ['retention', '1d12h', 'retentionMs', 129_600_000],
    ['out-of-order-window', '0', 'outOfOrderWindowMs', 0],
    ['future-window', '1ms', 'futureWindowMs', 1],
    ['write-body-bytes-max', '512KiB', 'writeBodyBytesMax', 524_288],
    ['write-body-bytes-max', '1000', 'writeBodyBytesMax', 1000],
    ['retention-bytes-max', '100GiB', 'retentionBytesMax', 100 * 1024 ** 3],
    ['retention-bytes-max', '0', 'retentionBytesMax', 0],
    ['disk-reserve-bytes', '1GiB', 'diskReserveBytes', 1024 ** 3],
    ['disk-reserve-bytes', '8MiB', 'diskReserveBytes', 8 * 1024 ** 2],
    ['series-max', '1', 'seriesMax', 1],
    ['series-per-metric-max', '0', 'seriesPerMetricMax', 0],
    ['series-per-metric-max', '100000', 'seriesPerMetricMax', 100_000],
    ['series-idle', '2h', 'seriesIdleMs', 7_200_000],
    ['samples-per-second-max', '500000', 'samplesPerSecondMax', 500_000],
    ['exemplars-max', '0', 'exemplarsMax', 0],
    ['query-threads', '7', 'queryThreads', 7],
    ['otlp-promote-resource-attributes', 'k8s.pod, a b', 'otlpPromoteResourceAttributes', ['k8s.pod', 'a b']],
    ['otlp-promote-resource-attributes', ' ', 'otlpPromoteResourceAttributes', []],
    ['otlp-promote-all-resource-attributes', 'on', 'otlpPromoteAllResourceAttributes', true],
    ['otlp-translation-strategy', 'NoTranslation', 'otlpTranslationStrategy', 'NoTranslation'],
    ['otlp-label-name-underscore-sanitization', 'off', 'otlpLabelNameUnderscoreSanitization', false],
    ['log-level', 'debug', 'logLevel', 'debug'],
  ];
  it.each(accepted)('--%s %s', (flag, text, key, value) => {
    expect(loadConfig([`--${flag}`, text], {})[key]).toEqual(value);
    expect(loadConfig([`--${flag}=${text}`], {})[key]).toEqual(value);
    expect(loadConfig([], { [environmentName(flag)]: text })[key]).toEqual(value);
    expect(loadConfig(['--config', yamlFile(`${flag}: ${JSON.stringify(text)}`)], {})[key]).toEqual(value);
  });

  const refused: readonly [flag: string, text: string, want: string][] = [
    ['query-threads', '100000', 'want a whole number from 1 to 255, or auto'],
    ['http-listen', '3242', 'want HOST:PORT'],
    ['http-listen', 'a:65536', 'want HOST:PORT'],
    ['http-listen', '::1:80', 'want HOST:PORT'],
    ['http-listen', '', 'want HOST:PORT'],
    ['data-dir', '', 'want a path'],
    ['retention', '0s', 'want a duration from 1ms to 292y, for example 5m'],
    ['retention', '15', 'want a duration from 1ms to 292y'],
    ['retention', '1h1d', 'want a duration from 1ms to 292y'],
    ['retention', '300y', 'want a duration from 1ms to 292y'],
    ['query-timeout', '999y', 'want a duration from 1ms to 24d'],
    ['future-window', '5', 'want a duration from 0s to 292y'],
    ['write-body-bytes-max', '1MB', 'want a size from 1 to 2147483647, for example'],
    ['write-body-bytes-max', '0', 'want a size from 1 to'],
    ['retention-bytes-max', '', 'want a size from 0 to 9007199254740991'],
    ['disk-reserve-bytes', '-1', 'want a size from 8MiB to 9007199254740991'],
    ['disk-reserve-bytes', '8191KiB', 'want a size from 8MiB to'],
    ['series-max', '0', 'want a whole number from 1 to 2147483647'],
    ['series-max', '3000000000', 'want a whole number from 1 to 2147483647'],
    ['series-per-metric-max', 'none', 'want a whole number from 0 to 2147483647'],
    ['samples-per-second-max', '1.5', 'want a whole number'],
    ['series-idle', '0s', 'want a duration from 1ms to 292y'],
    ['exemplars-max', '', 'want a whole number'],
    ['query-threads', '0', 'want a whole number from 1 to 255, or auto'],
    ['query-queue-max', 'auto', 'want a whole number from 1 to 1000000'],
    ['query-samples-max', '1e6', 'want a whole number from 1 to'],
    ['query-experimental', 'yes', 'want on or off'],
    ['log-level', 'loud', 'want one of trace, debug'],
    ['otlp-promote-resource-attributes', 'a,,b', 'want names separated by commas, none of them empty'],
    ['otlp-ignore-resource-attributes', 'a,b,a', 'want each name once'],
    ['otlp-convert-histograms-to-nhcb', 'true', 'want on or off'],
    ['otlp-translation-strategy', 'none', 'want one of UnderscoreEscapingWithSuffixes, '],
  ];
  it.each(refused)('--%s %j is refused', (flag, text, want) => {
    const { code, exitCode, message } = exitOf([`--${flag}=${text}`]);
    expect([code, exitCode]).toEqual(['ERR_USAGE', 2]);
    expect(message).toContain(`--${flag}: cannot use ${JSON.stringify(text)}: ${want}`);
    expect(message).not.toContain('\n');
  });

  const bounded = flagEntries().flatMap(([, flag]) =>
    flag.bounds === undefined ? [] : [{ ...flag, ...flag.bounds }],
  );

  it('have bounds wherever they are numbers', () => {
    const numbers = flagEntries().filter(([, { placeholder }]) =>
      /^(?:COUNT|BYTES|DURATION)$/.test(placeholder),
    );
    expect(bounded.map(({ name }) => name)).toEqual(numbers.map(([, { name }]) => name));
    expect(bounded.length).toBeGreaterThan(25);
  });

  it.each(bounded)('--$name has its bounds', ({ name, placeholder, parse, min, max }) => {
    const textOf = (value: number): string => (placeholder === 'DURATION' ? `${value}ms` : String(value));
    expect([parse(textOf(min)), parse(textOf(max))]).toEqual([min, max]);
    for (const text of [textOf(min - 1), textOf(max + 1), `9${textOf(max)}`, '-1', 'x', '']) {
      const { exitCode, message } = exitOf([`--${name}=${text}`]);
      expect([text, exitCode]).toEqual([text, 2]);
      expect(message).toMatch(
        /^--\S+: cannot use "\S*": want a (?:whole number|size|duration) from \w+ to \w+(?:, .*)?$/,
      );
      expect(message).toContain(`--${name}: `);
    }
  });

  it('keeps a wrong secret to itself', () => {
    for (const text of ['hunter2', 'id:hünter2', ':hunter2']) {
      const { message } = exitOf(['--bootstrap-access-key', text]);
      expect(message).toContain('--bootstrap-access-key: cannot use its value: want ID:SECRET');
      expect(message).not.toContain('nter2');
    }
  });
});

describe('precedence', () => {
  it('is flag, environment, file, default', () => {
    const argv = ['--config', yamlFile('retention: 3d\nquery-timeout: 3s\nlookback-delta: 3m\n')];
    const environment = {
      PROMONTORY_RETENTION: '2d',
      PROMONTORY_QUERY_TIMEOUT: '2s',
      PROMONTORY_FUTURE_WINDOW: '',
    };
    expect(loadConfig([...argv, '--retention', '1d'], environment)).toMatchObject({
      retentionMs: 86_400_000,
      queryTimeoutMs: 2000,
      lookbackDeltaMs: 180_000,
      futureWindowMs: 600_000,
    });
  });

  it('takes the file itself from the environment too', () => {
    const environment = { PROMONTORY_CONFIG: yamlFile('query-queue-max: 5') };
    expect(loadConfig([], environment).queryQueueMax).toBe(5);
    expect(loadConfig(['--config', yamlFile('')], environment).queryQueueMax).toBe(256);
  });
});

describe('settings as text', () => {
  it('are as they were given, by default, or hidden', () => {
    const argv = ['--config', yamlFile('query-queue-max: 5'), '--retention', '36h'];
    const { settings } = loadSettings(argv, { PROMONTORY_BOOTSTRAP_ACCESS_KEY: 'id:hunter2' });
    const texts = Object.fromEntries(settings.map(({ name, text }) => [name, text]));
    expect(texts).toMatchObject({
      config: argv[1],
      retention: '36h',
      'query-queue-max': '5',
      'query-timeout': '2m',
      'tls-key': '',
      'bootstrap-access-key': '<secret>',
    });
    expect(JSON.stringify(settings)).not.toContain('hunter2');
    expect(Object.keys(texts)).toEqual(['config', ...flagEntries().map(([, { name }]) => name)]);
  });

  it('make the same configuration again when they are a file', () => {
    const { config, settings } = loadSettings(['--retention', '36h', '--admin-api', 'on'], {});
    const lines = settings.filter(({ text, isInFile }) => isInFile && text !== '');
    const file = yamlFile(lines.map(({ name, text }) => `${name}: ${JSON.stringify(text)}`).join('\n'));
    expect(loadConfig(['--config', file], {})).toEqual(config);
  });
});

describe('usage errors', () => {
  const cases: readonly [argv: readonly string[], message: string][] = [
    [['--nope'], "unknown option '--nope'"],
    [['--retenton', '5d'], "unknown option '--retenton' (Did you mean --retention?)"],
    [['--retention'], "option '--retention <DURATION>' argument missing"],
    [['extra'], 'too many arguments'],
    [['--tls-cert', 'a.pem'], '--tls-cert and --tls-key: want both or neither'],
    [['--tls-key', 'a.pem'], '--tls-cert and --tls-key: want both or neither'],
    [
      ['--write-body-bytes-max', '1GiB'],
      '--write-body-bytes-max: want no more than --write-bytes-in-flight-max',
    ],
    [
      ['--write-decoded-bytes-max', '1GiB', '--decode-threads', '129'],
      '--write-decoded-bytes-max: want no more than 128GiB for all --decode-threads together',
    ],
    [['--config', 'missing.yaml'], 'cannot read configuration file'],
  ];
  it.each(cases)('%j', (argv, message) => {
    const exit = exitOf(argv);
    expect([exit.code, exit.exitCode]).toEqual(['ERR_USAGE', 2]);
    expect(exit.message).toContain(message);
    expect(exit.message).not.toContain('\n');
  });

  const files: readonly [text: string, message: string][] = [
    ['retenton: 5d', 'unknown key "retenton"'],
    ['config: other.yaml', 'unknown key "config"'],
    ['retention: 5', 'retention: cannot use "5": want a duration'],
    ['retention: [5d]', 'retention: want text or a number'],
    ['retention:', 'retention: want text or a number'],
    ['- retention', 'want a map of settings'],
    [`a: &a [1,1]\nb: &b [${'*a,'.repeat(20)}]\nretention: [${'*b,'.repeat(20)}]`, 'Excessive alias count'],
    ['retention: 5d\nretention: 6d', 'unique'],
    ['a: [', '.yaml: '],
  ];
  it.each(files)('in a file: %j', (text, message) => {
    const path = yamlFile(text);
    const exit = exitOf(['--config', path]);
    expect(exit.exitCode).toBe(2);
    expect(exit.message).toContain(path);
    expect(exit.message).toContain(message);
    expect(exit.message).not.toContain('\n');
  });

  it('names the variable that is wrong', () => {
    expect(exitOf([], { PROMONTORY_RETENTION: 'x' }).message).toMatch(
      /^PROMONTORY_RETENTION: cannot use "x"/,
    );
  });
});

describe('--help and --version', () => {
  it('list every flag with its default and variable', () => {
    const { exitCode, message } = exitOf(['--help']);
    expect(exitCode).toBe(0);
    const text = message.replaceAll(/\s+/g, ' ');
    for (const [, flag] of flagEntries()) {
      expect(text).toContain(`--${flag.name} <${flag.placeholder}>`);
      expect(text).toContain(`env: ${environmentName(flag.name)}]`);
      expect(text).toContain(flag.defaultText === null ? flag.help : `[default: ${flag.defaultText},`);
    }
  });

  it('print the version', () => {
    const { exitCode, message } = exitOf(['--version']);
    expect([exitCode, message]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });
});

describe('options of OTLP', () => {
  it('are the defaults of the translation, with the lookback of queries', () => {
    const options = otlpOptionsOf(loadConfig(['--lookback-delta', '1m'], {}));
    expect(options).toEqual({ ...DEFAULT_OTLP_TRANSLATION_OPTIONS, lookbackDeltaMs: 60_000 });
    expect(otlpOptionsOf(loadConfig(['--lookback-delta', '1ms'], {})).lookbackDeltaMs).toBe(2);
  });

  it('are each set by a flag of their name', () => {
    const { lookbackDeltaMs, limits, ...defaults } = DEFAULT_OTLP_TRANSLATION_OPTIONS;
    const flagOf = (option: string): string =>
      `otlp-${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const changed: Readonly<Record<string, [text: string, value: unknown]>> = {
      translationStrategy: ['NoTranslation', 'NoTranslation'],
      promoteResourceAttributes: ['a.b', ['a.b']],
    };
    for (const [option, value] of Object.entries(defaults)) {
      if (option === 'ignoreResourceAttributes') continue;
      const [text, wanted] = changed[option] ?? [value === true ? 'off' : 'on', value !== true];
      const options = otlpOptionsOf(loadConfig([`--${flagOf(option)}`, text], {}));
      expect(options).toEqual({ ...defaults, [option]: wanted, lookbackDeltaMs, limits });
    }
    const all = ['--otlp-promote-all-resource-attributes', 'on', '--otlp-ignore-resource-attributes', 'x'];
    expect(otlpOptionsOf(loadConfig(all, {})).ignoreResourceAttributes).toEqual(['x']);
  });

  it('may be lists in the file, where the flag takes names', () => {
    const listed = yamlFile('otlp-promote-resource-attributes: [k8s.pod.name, host.name]');
    expect(loadConfig(['--config', listed], {}).otlpPromoteResourceAttributes).toEqual([
      'k8s.pod.name',
      'host.name',
    ]);
    for (const text of ['[a, 1]', '["a,b"]', '[[a]]', '{a: b}']) {
      const { message } = exitOf(['--config', yamlFile(`otlp-promote-resource-attributes: ${text}`)]);
      expect(message).toContain('otlp-promote-resource-attributes: want text or a list of names');
    }
  });

  it.each([
    [
      ['--otlp-promote-all-resource-attributes', 'on', '--otlp-promote-resource-attributes', 'a'],
      '--otlp-promote-all-resource-attributes and --otlp-promote-resource-attributes exclude each other',
    ],
    [
      ['--otlp-ignore-resource-attributes', 'a'],
      '--otlp-ignore-resource-attributes goes only with --otlp-promote-all-resource-attributes',
    ],
  ])('%j contradict each other', (argv, message) => {
    const exit = exitOf(argv);
    expect([exit.code, exit.exitCode]).toEqual(['ERR_USAGE', 2]);
    expect(exit.message).toContain(message);
  });
});

describe('docs/configuration.md', () => {
  const document = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');
  const [table = '', bounds = ''] = document.split('\n## Bounds\n');
  const cellsOf = (text: string): string[][] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('| `--'))
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );

  it('has the table as it is here', () => {
    const expected = flagEntries().map(([, flag]) => [
      `\`--${flag.name}\``,
      `\`${environmentName(flag.name)}\``,
      flag.defaultText === null ? '' : `\`${flag.defaultText}\``,
      flag.help,
    ]);
    expect(cellsOf(table)).toEqual(expected);
  });

  it('has the bounds as they are here', () => {
    const textOf = ({ placeholder }: Flag<unknown>, value: number): string =>
      placeholder === 'DURATION'
        ? formatDuration(value)
        : placeholder === 'BYTES'
          ? formatBytes(value)
          : value.toLocaleString('en');
    const expected = flagEntries().flatMap(([, flag]) =>
      flag.bounds === undefined
        ? []
        : [[`\`--${flag.name}\``, textOf(flag, flag.bounds.min), textOf(flag, flag.bounds.max)]],
    );
    expect(cellsOf(bounds)).toEqual(expected);
  });
});
