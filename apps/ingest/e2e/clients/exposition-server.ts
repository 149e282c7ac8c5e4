/**
 * Serves OpenMetrics text of every type, with exemplars, units and start timestamps. Counters grow and exemplars change
 * with each scrape.
 */
import { createServer, type Server } from 'node:http';
import { assert, systemClock } from '@promontory/base';
import { LOOPBACK_HOST } from '@promontory/tools';

const CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export interface FamilyMetadata {
  readonly type: string;
  readonly unit: string;
  readonly help: string;
}

/** By family; what is said of each. */
export const FAMILIES: Readonly<Record<string, FamilyMetadata>> = {
  requests: { type: 'counter', unit: '', help: 'Requests answered, "all" of them.' },
  latency_seconds: { type: 'histogram', unit: 'seconds', help: 'How long answers took.' },
  rpc_seconds: { type: 'summary', unit: 'seconds', help: 'How long calls took.' },
  temperature_celsius: { type: 'gauge', unit: 'celsius', help: 'Outside.\nIn the shade.' },
  release: { type: 'info', unit: '', help: 'What runs.' },
  anything: { type: 'unknown', unit: '', help: 'Nobody knows.' },
};

export class ExpositionServer {
  readonly #server: Server;
  #createdMs: number | null = null;
  #scrapes = 0;

  static async start(): Promise<ExpositionServer> {
    const server = new ExpositionServer();
    await new Promise<void>((resolve) => server.#server.listen(0, LOOPBACK_HOST, resolve));
    return server;
  }

  private constructor() {
    this.#server = createServer((_request, response) => {
      const text = this.#createdMs === null ? '# EOF\n' : this.#text(this.#createdMs);
      response.writeHead(200, { 'Content-Type': CONTENT_TYPE }).end(text);
    });
  }

  /**
   * From now on there are series.
   *
   * @param createdMs of all start timestamps; whole milliseconds, in the past
   */
  begin(createdMs: number): void {
    this.#createdMs = createdMs;
  }

  /** As a scrape configuration takes it. */
  get address(): string {
    const address = this.#server.address();
    assert(typeof address === 'object' && address !== null, 'the server listens');
    return `${LOOPBACK_HOST}:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #text(createdMs: number): string {
    const count = ++this.#scrapes;
    const created = createdMs / 1000;
    const exemplar = `# {trace_id="t${count}",span_id="größe"} ${count % 7} ${systemClock.nowMs() / 1000}`;
    return `${[
      ...headOf('requests'),
      `requests_total{path="/"} ${3 * count} ${exemplar}`,
      `requests_created{path="/"} ${created}`,
      ...headOf('latency_seconds'),
      `latency_seconds_bucket{le="0.1"} ${count}`,
      `latency_seconds_bucket{le="1.0"} ${2 * count} ${exemplar}`,
      `latency_seconds_bucket{le="+Inf"} ${3 * count} ${exemplar}`,
      `latency_seconds_sum ${2.5 * count}`,
      `latency_seconds_count ${3 * count}`,
      `latency_seconds_created ${created}`,
      ...headOf('rpc_seconds'),
      `rpc_seconds{quantile="0.5"} ${count / 16}`,
      `rpc_seconds{quantile="0.99"} NaN`,
      `rpc_seconds_sum ${0.5 * count}`,
      `rpc_seconds_count ${count}`,
      `rpc_seconds_created ${created}`,
      ...headOf('temperature_celsius'),
      `temperature_celsius{room="a\\"b"} ${-20.5 + (count % 5)}`,
      `temperature_celsius{room="hot"} +Inf`,
      ...headOf('release'),
      'release_info{version="1.2.3"} 1',
      ...headOf('anything'),
      `anything ${count}`,
      // A series that comes and goes: Prometheus marks it stale.
      ...(count % 3 === 0 ? [] : [`anything{at="times"} ${count}`]),
      '# EOF',
    ].join('\n')}\n`;
  }
}

function headOf(family: string): string[] {
  const { type, unit, help } = FAMILIES[family] ?? { type: '', unit: '', help: '' };
  return [
    `# TYPE ${family} ${type}`,
    ...(unit === '' ? [] : [`# UNIT ${family} ${unit}`]),
    `# HELP ${family} ${help.replaceAll('\n', '\\n').replaceAll('"', '\\"')}`,
  ];
}
