/** How the documentation of the API is written down; openapi-document.ts makes the document of it. */

export type DocumentedMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What a success looks like. */
export type AnswerKind =
  | 'json'
  /** Lines of JSON. */
  | 'json-lines'
  /** 204. */
  | 'nothing'
  /** 204, or JSON with counts. */
  | 'nothing-or-json'
  | 'text'
  | 'yaml'
  | 'events'
  | 'protobuf';

export interface DocumentedPath {
  /** Absolute; parts that vary stand in braces. */
  readonly path: string;
  readonly methods: readonly DocumentedMethod[];
  readonly tag: string;
  readonly summary: string;
  /** Names, as parameter-glossary.ts has them, those of the path too. */
  readonly parameters: readonly string[];
  readonly required?: readonly string[];
  readonly answer: AnswerKind;
  /** Whether it can be asked without an access key. Default: false. */
  readonly isPublic?: boolean;
  /** The media type of a body that is no form. */
  readonly body?: string;
}

/** Those that narrow what a request over series sees. */
export const SCOPE_PARAMETERS = ['extra_label', 'extra_filters[]'] as const;
