export * as errorCodes from './error-codes.ts';
export { DEFAULT_OTLP_DECODE_LIMITS, type OtlpDecodeLimits } from './decode-limits.ts';
export { decodeRequestJson } from './json/request-decoder.ts';
export { decodeRequestProtobuf } from './proto/request-decoder.ts';
export type * from './request.ts';
export {
  DEFAULT_OTLP_TRANSLATION_OPTIONS,
  OTLP_TRANSLATION_STRATEGIES,
  otlpTranslationOptions,
  type OtlpTranslationLimits,
  type OtlpTranslationOptions,
  type OtlpTranslationStrategy,
} from './translate/options.ts';
export {
  OTLP_WARNING_CATEGORIES,
  type OtlpWarningCategory,
  type TranslatedExemplar,
  type TranslatedHistogram,
  type TranslatedMetadata,
  type TranslatedSample,
  type TranslatedSeries,
  type Translation,
  type TranslationWarning,
} from './translate/translation.ts';
export { translateRequest } from './translate/translator.ts';
export {
  encodeErrorStatus,
  encodeExportResponse,
  OTLP_CONTENT_TYPES,
  type OtlpEncoding,
  otlpEncodingOf,
  type OtlpPartialSuccess,
  partialSuccessOf,
} from './answer/answer.ts';
