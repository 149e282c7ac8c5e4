import { type OpenApiVersion, openApiDocument } from './openapi-document.ts';

const encoder = new TextEncoder();

/** The document as YAML, in each version: made when it is first asked for, which takes some milliseconds, and kept. */
export class OpenApiTexts {
  readonly #serverVersion: string;
  readonly #toYaml: (value: object) => string;
  readonly #texts = new Map<OpenApiVersion, Uint8Array>();

  /** @param toYaml writes what JSON can say */
  constructor(serverVersion: string, toYaml: (value: object) => string) {
    this.#serverVersion = serverVersion;
    this.#toYaml = toYaml;
  }

  /** Shared: not to be changed. */
  text(version: OpenApiVersion): Uint8Array {
    const known = this.#texts.get(version);
    if (known !== undefined) return known;
    const made = encoder.encode(this.#toYaml(openApiDocument(version, this.#serverVersion)));
    this.#texts.set(version, made);
    return made;
  }
}
