/** The part of autocannon that is used here; the package ships no types. */
declare module 'autocannon' {
  export interface AutocannonRequest {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
  }

  /** One connection. */
  export interface AutocannonClient {
    setRequests(requests: readonly AutocannonRequest[]): void;
    /** How many responses this connection waits for before it closes. */
    responseMax: number;
    on(
      event: 'response',
      listener: (statusCode: number, bytes: number, durationMs: number) => void,
    ): AutocannonClient;
  }

  export interface AutocannonOptions {
    readonly url: string;
    readonly connections: number;
    readonly pipelining: number;
    /** Requests over all connections. */
    readonly amount: number;
    /** Seconds. */
    readonly timeout: number;
    /** Stop after so many connection errors and timeouts. */
    readonly bailout: number;
    readonly setupClient: (client: AutocannonClient) => void;
  }

  export interface AutocannonResult {
    readonly errors: number;
    readonly timeouts: number;
    readonly non2xx: number;
    readonly '2xx': number;
  }

  export default function autocannon(options: AutocannonOptions): Promise<AutocannonResult>;
}
