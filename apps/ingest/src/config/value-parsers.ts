/**
 * Text of a flag → typed value. Each throws an Error whose message says what is wanted; the caller says
 * where the text stands, and whether it may be shown.
 */
import { LabelRegex } from '@promontory/model';
import { checkKeyPair } from '@promontory/access';
import { errorMessage } from '@promontory/base';

export interface ListenAddress {
  /** A name or address; IPv6 without brackets. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface BootstrapAccessKey {
  readonly accessKeyId: string;
  readonly secret: string;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const ALL_ADDRESSES = '0.0.0.0';
const PORT_MAX = 65_535;
const LISTEN = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*)):(\d{1,5})$/;

/** `HOST:PORT`, `[IPv6]:PORT`, or `:PORT` for all addresses. */
export function parseListenAddress(text: string): ListenAddress {
  const parts = LISTEN.exec(text);
  const port = Number(parts?.[3] ?? PORT_MAX + 1);
  if (parts === null || port > PORT_MAX)
    throw new Error('want HOST:PORT, for example 127.0.0.1:3242 or [::1]:3242');
  const host = parts[1] ?? parts[2] ?? '';
  return { host: host === '' ? ALL_ADDRESSES : host, port };
}

/** @returns true for `on`, false for `off` */
export function parseSwitch(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new Error('want on or off');
}

/** @returns names separated by commas, without the spaces around them; none for '' */
export function parseNames(text: string): readonly string[] {
  if (text.trim() === '') return [];
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new Error('want names separated by commas, none of them empty');
  if (new Set(names).size < names.length) throw new Error('want each name once');
  return names;
}

/** Matched against whole origins. */
export function parseOrigins(text: string): string {
  try {
    return new LabelRegex(text).pattern;
  } catch (cause) {
    throw new Error(`want a regular expression; ${errorMessage(cause)}`, { cause });
  }
}

/** `name=value,name=value`; values have no commas. */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const pair of text.split(',').filter((each) => each !== '')) {
    const equalsAt = pair.indexOf('=');
    const name = pair.slice(0, equalsAt).trim();
    if (equalsAt < 0 || name === '') throw new Error('want NAME=VALUE, separated by commas');
    if (labels.has(name)) throw new Error(`want each name once; got ${name} twice`);
    labels.set(name, pair.slice(equalsAt + 1).trim());
  }
  return Object.fromEntries(labels);
}

export function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level === undefined) throw new Error(`want one of ${LOG_LEVELS.join(', ')}`);
  return level;
}

export function parsePath(text: string): string {
  if (text === '') throw new Error('want a path');
  return text;
}

/** The id ends at the first colon; the secret may hold more. */
export function parseAccessKey(text: string): BootstrapAccessKey {
  const colonAt = text.indexOf(':');
  if (colonAt < 0) throw new Error('want ID:SECRET');
  const accessKey = { accessKeyId: text.slice(0, colonAt), secret: text.slice(colonAt + 1) };
  try {
    checkKeyPair(accessKey.accessKeyId, accessKey.secret);
  } catch (cause) {
    throw new Error(`want ID:SECRET; ${errorMessage(cause)}`, { cause });
  }
  return accessKey;
}
