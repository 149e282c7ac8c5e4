/**
 * Random requests: JSON and protobuf of one translate alike, whatever the options; bytes that are damaged or
 * random give a request or an error of ours. `PROMONTORY_FUZZ_SEED` repeats a run.
 */
import { PromontoryError } from '@promontory/base';
import { encodeHistogram, encodeLabelBytes } from '@promontory/model';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_OTLP_DECODE_LIMITS } from './decode-limits.ts';
import { decodeRequestJson } from './json/request-decoder.ts';
import { decodeRequestProtobuf } from './proto/request-decoder.ts';
import { encodeTestJson, encodeTestProtobuf } from './proto/request-test-encoder.ts';
import type { OtlpRequest } from './request.ts';
import {
  DEFAULT_OTLP_TRANSLATION_OPTIONS,
  OTLP_TRANSLATION_STRATEGIES,
  type OtlpTranslationOptions,
} from './translate/options.ts';
import { translateRequest } from './translate/translator.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const ROUNDS = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 300);
const RUN = { seed: SEED, numRuns: ROUNDS };

const name = fc.oneof(
  fc.constantFrom('a.b', 'a_b', 'job', 'le', '__name__', '__proto__', 'service.name', '', '_', 'ö', 'total'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const text = fc.string({ unit: 'grapheme', maxLength: 6 });
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom('NaN', 'Infinity', '-Infinity'),
);
const unsigned64 = fc.oneof(fc.nat(5).map(String), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String));
const signed64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const { attributes } = fc.letrec<{ value: object; attributes: object[] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: signed64 }),
    fc.record({ doubleValue: double }),
    fc.record({
      bytesValue: fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    }),
    fc.constant({}),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({ kvlistValue: fc.record({ values: tie('attributes') }) }),
  ),
  attributes: fc.array(fc.record({ key: name, value: tie('value') }), { maxLength: 4 }),
}));

function hexOf(byteCount: number): fc.Arbitrary<string> {
  const bytes = fc.uint8Array({ minLength: byteCount, maxLength: byteCount });
  return bytes.map((id) => Buffer.from(id).toString('hex'));
}

const numberValue = fc.oneof(
  fc.record({ asDouble: double }),
  fc.record({ asInt: signed64 }),
  fc.constant({}),
);
const exemplars = fc.array(
  fc
    .tuple(
      numberValue,
      fc.record(
        { timeUnixNano: unsigned64, traceId: hexOf(16), spanId: hexOf(8), filteredAttributes: attributes },
        { requiredKeys: [] },
      ),
    )
    .map(([first, second]) => ({ ...first, ...second })),
  { maxLength: 2 },
);
const common = {
  timeUnixNano: fc.oneof(
    unsigned64,
    fc.nat(1e6).map((ms) => `${1_700_000_000_000 + ms}000000`),
  ),
  startTimeUnixNano: unsigned64,
  flags: fc.constantFrom(0, 0, 1, 2, 4_294_967_295),
  attributes,
};
const optional = { requiredKeys: [] };
const counts = fc.array(unsigned64, { maxLength: 5 });
const buckets = fc.record(
  { offset: fc.oneof(fc.integer({ min: -20, max: 20 }), fc.integer()), bucketCounts: counts },
  optional,
);

function points(
  fields: Record<string, fc.Arbitrary<unknown>>,
  extra: fc.Arbitrary<object> = fc.constant({}),
): fc.Arbitrary<object[]> {
  const point = fc.tuple(fc.record({ ...common, ...fields }, optional), extra);
  return fc.array(
    point.map(([first, second]) => ({ ...first, ...second })),
    { maxLength: 3 },
  );
}

const aggregationTemporality = fc.constantFrom(2, 2, 2, 1, 0, 7);
const numberPoints = points({ exemplars }, numberValue);
const data = fc.oneof(
  fc.record({ gauge: fc.record({ dataPoints: numberPoints }) }),
  fc.record({
    sum: fc.record({ dataPoints: numberPoints, aggregationTemporality, isMonotonic: fc.boolean() }, optional),
  }),
  fc.record({
    histogram: fc.record({
      dataPoints: points({
        count: unsigned64,
        sum: double,
        bucketCounts: counts,
        explicitBounds: fc.array(double, { maxLength: 5 }),
        exemplars,
      }),
      aggregationTemporality,
    }),
  }),
  fc.record({
    exponentialHistogram: fc.record({
      dataPoints: points({
        count: unsigned64,
        sum: double,
        scale: fc.oneof(fc.integer({ min: -6, max: 22 }), fc.integer()),
        zeroCount: unsigned64,
        zeroThreshold: double,
        positive: buckets,
        negative: buckets,
        exemplars,
      }),
      aggregationTemporality,
    }),
  }),
  fc.record({
    summary: fc.record({
      dataPoints: points({
        count: unsigned64,
        sum: double,
        quantileValues: fc.array(fc.record({ quantile: double, value: double }, optional), { maxLength: 3 }),
      }),
    }),
  }),
  fc.constant({}),
);
const metric = fc
  .tuple(
    fc.record(
      { name, unit: fc.constantFrom('', 's', '1', 'By/s', '{x}', 'ö/@'), description: text },
      optional,
    ),
    data,
  )
  .map(([first, second]) => ({ ...first, ...second }));
const request = fc.record({
  resourceMetrics: fc.array(
    fc.record(
      {
        resource: fc.record({ attributes }),
        scopeMetrics: fc.array(
          fc.record(
            {
              scope: fc.record({ name, version: text, attributes }, optional),
              schemaUrl: text,
              metrics: fc.array(metric, { maxLength: 4 }),
            },
            optional,
          ),
          { maxLength: 2 },
        ),
      },
      optional,
    ),
    { maxLength: 2 },
  ),
});
const options: fc.Arbitrary<Partial<OtlpTranslationOptions>> = fc.record({
  translationStrategy: fc.constantFrom(...OTLP_TRANSLATION_STRATEGIES),
  promoteAllResourceAttributes: fc.boolean(),
  keepIdentifyingResourceAttributes: fc.boolean(),
  convertHistogramsToNhcb: fc.boolean(),
  promoteScopeMetadata: fc.boolean(),
  labelNameUnderscoreSanitization: fc.boolean(),
  labelNamePreserveMultipleUnderscores: fc.boolean(),
});

function countPoints({ resources }: OtlpRequest): number {
  const metrics = resources.flatMap(({ scopes }) => scopes.flatMap((scope) => scope.metrics));
  return metrics.reduce((sum, { data: found }) => sum + (found?.points.length ?? 0), 0);
}

describe(`requests, seed ${SEED}`, () => {
  it('decode alike from JSON and protobuf', () => {
    fc.assert(
      fc.property(request, (sent) => {
        expect(decodeRequestProtobuf(encodeTestProtobuf(sent))).toEqual(
          decodeRequestJson(encodeTestJson(sent)),
        );
      }),
      RUN,
    );
  });

  it('translate to what storage takes, and every data point is accepted or refused', () => {
    fc.assert(
      fc.property(request, options, (sent, given) => {
        const decoded = decodeRequestJson(encodeTestJson(sent));
        const translation = translateRequest(decoded, given);
        expect(translateRequest(decodeRequestProtobuf(encodeTestProtobuf(sent)), given)).toEqual(translation);
        const refused = translation.rejections.reduce((sum, { count }) => sum + count, 0);
        expect(translation.acceptedDataPoints + refused).toBe(countPoints(decoded));
        const keys = translation.series.map(({ labels }) => labels.key);
        expect(new Set(keys).size).toBe(keys.length);
        for (const { labels, histograms, samples } of translation.series) {
          expect(encodeLabelBytes(labels).length).toBeGreaterThan(0);
          expect(labels.has('__name__')).toBe(true);
          expect(labels.size).toBeLessThanOrEqual(DEFAULT_OTLP_TRANSLATION_OPTIONS.limits.labelsMax);
          for (const { histogram } of histograms) encodeHistogram(histogram);
          for (const { timestampMs } of samples) expect(Number.isSafeInteger(timestampMs)).toBe(true);
        }
      }),
      RUN,
    );
  });
});

const DECODERS = [
  ['protobuf', decodeRequestProtobuf, encodeTestProtobuf],
  ['JSON', decodeRequestJson, encodeTestJson],
] as const;

describe.each(DECODERS)(`hostile bytes as %s, seed ${SEED}`, (_name, decode, encode) => {
  const limits = { ...DEFAULT_OTLP_DECODE_LIMITS, messagesMax: 10_000 };

  /** @returns what it threw that is no error of ours, or null */
  function faultOf(bytes: Uint8Array): unknown {
    try {
      translateRequest(decode(bytes, limits));
    } catch (error) {
      const isOurs = error instanceof PromontoryError && /^(?:bad-data|too-large)$/.test(error.kind);
      return isOurs ? null : error;
    }
    return null;
  }

  it('of a request that was damaged', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(request, damage, fc.nat(), (sent, changes, cut) => {
        const bytes = Uint8Array.from(encode(sent));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        expect(faultOf(bytes)).toBeNull();
        expect(faultOf(bytes.subarray(0, cut % (bytes.length + 1)))).toBeNull();
      }),
      RUN,
    );
  });

  it('at random', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(faultOf(bytes)).toBeNull();
      }),
      RUN,
    );
  });
});
