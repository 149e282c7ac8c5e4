import { errorCode, SeededRandom } from '@promontory/base';
import { METRIC_TYPES, type MetricMetadata, RejectionTally } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { encodeWriteRequestV2, type WireSeriesV2 } from '../proto/index.ts';
import { encodeMessage, type RawMessage } from '../proto/message.ts';
import { DEFAULT_SERIES_LABEL_LIMITS } from './series-labels.ts';
import {
  canonical,
  KEY,
  MapLookup,
  meaningOfSeries,
  metadataText,
  newBatch,
  randomSeries,
  Understanding,
} from './write-walk-test-values.ts';
import { makeWireHistogram } from './wire-histogram-test-values.ts';
import { WriteWalkV2 } from './write-walk-v2.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_122);
const MUTATIONS = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 20_000);
const NOTHING_SAID = { type: 'unknown', unit: '', help: '' } as const;
const METRIC = [
  { name: '__name__', value: 'up' },
  { name: 'job', value: 'api' },
];

function newUnderstanding(): Understanding {
  return new Understanding((lookup) => new WriteWalkV2(KEY, lookup, DEFAULT_SERIES_LABEL_LIMITS));
}

function randomSeriesV2(random: SeededRandom): WireSeriesV2 {
  const series = randomSeries(random);
  const starts = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => (random.nextInt(2) === 0 ? 0 : 1 + random.nextInt(1e9)));
  const metadata = {
    type: METRIC_TYPES[random.nextInt(METRIC_TYPES.length)] ?? 'unknown',
    unit: random.nextInt(2) === 0 ? '' : 'seconds',
    help: `help ${random.nextInt(2)}`,
  };
  return {
    ...series,
    startTimestampMs: random.nextInt(3) === 0 ? starts(series.value.length) : new Float64Array(0),
    histogramStartTimestampMs:
      random.nextInt(3) === 0 ? starts(series.histograms.length) : new Float64Array(0),
    createdTimestampMs: random.nextInt(4) === 0 ? 1 + random.nextInt(1e9) : 0,
    metadata: random.nextInt(3) === 0 ? metadata : null,
  };
}

/** What is said about each metric, as long as it is not what was said of it last. */
function meaningOfMetadata(all: readonly WireSeriesV2[]): string[] {
  const last = new Map<string, string>();
  const lines: string[] = [];
  for (const { labels, metadata, histograms, ...series } of all) {
    const hasSamples = series.timestampMs.length + histograms.length + series.exemplars.length > 0;
    const name = labels.find((label) => label.name === '__name__')?.value;
    if (metadata === null || name === undefined || name === '') continue;
    if (hasSamples && canonical(labels) === null) continue;
    const text = metadataText(familyOf(name, metadata, histograms.length > 0), metadata);
    if (last.get(name) === text) continue;
    last.set(name, text);
    lines.push(text);
  }
  return lines;
}

function familyOf(name: string, { type }: MetricMetadata, isNative: boolean): string {
  const isCompound = type === 'histogram' || type === 'summary' || type === 'gaugehistogram';
  return isCompound && !isNative ? name.replace(/_(?:bucket|count|sum)$/, '') : name;
}

/** A request whose messages are made by hand. */
function rawRequest(symbols: readonly string[], ...series: readonly RawMessage[]): Uint8Array {
  return encodeMessage('WriteRequestV2', { symbols, series });
}

const SYMBOLS = ['', '__name__', 'up', 'job', 'api'];
const SAMPLE = { valueBits: { low: 0, high: 0, unsigned: true }, timestampMs: 5 };

describe('WriteWalkV2', () => {
  it(`understands requests as they were meant, first and again (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    for (let round = 0; round < 300; round++) {
      const understanding = newUnderstanding();
      for (let request = 0; request < 3; request++) {
        const series = Array.from({ length: random.nextInt(20) }, () => randomSeriesV2(random));
        const bytes = encodeWriteRequestV2({ series });
        const expected = [...meaningOfSeries(series), ...meaningOfMetadata(series)];
        expect(understanding.walk(bytes)).toEqual(expected);
        // In other company symbols have other numbers.
        const first = encodeWriteRequestV2({ series: [randomSeriesV2(random), ...series] });
        expect(understanding.walk(first).length).toBeGreaterThanOrEqual(expected.length);
        expect(understanding.walk(bytes)).toEqual(expected);
        expect(understanding.newSeriesCount).toBe(0);
      }
    }
  });

  it('finds symbols that come behind the series', () => {
    const symbols = encodeMessage('WriteRequestV2', { symbols: SYMBOLS, series: [] });
    const series = encodeMessage('WriteRequestV2', {
      symbols: [],
      series: [{ labelRefs: [1, 2, 3, 4], samples: [SAMPLE] }],
    });
    expect(newUnderstanding().walk(Buffer.concat([series, symbols]))).toEqual([
      'up{job="api"} 5 0,0 since 0',
    ]);
  });

  it('reads references that are not packed', () => {
    const symbols = encodeMessage('WriteRequestV2', { symbols: SYMBOLS, series: [] });
    const series = Buffer.from([0x2a, 10, 8, 3, 8, 4, 8, 1, 8, 2, 0x12, 0]);
    expect(newUnderstanding().walk(Buffer.concat([symbols, series]))).toEqual([
      'up{job="api"} 0 0,0 since 0',
    ]);
  });

  it('reads references in two fields, also when the first looks like a series that is known', () => {
    const understanding = newUnderstanding();
    const known = rawRequest(SYMBOLS, { labelRefs: [1, 2], samples: [SAMPLE] });
    const symbols = encodeMessage('WriteRequestV2', { symbols: SYMBOLS, series: [] });
    const refs = Buffer.from([0x2a, 12, 0x0a, 2, 1, 2, 0x12, 2, 0x10, 5, 0x0a, 2, 3, 4]);
    const both = Buffer.concat([symbols, refs]);
    for (let round = 0; round < 3; round++) {
      expect(understanding.walk(known)).toEqual(['up 5 0,0 since 0']);
      expect(understanding.walk(both)).toEqual(['up{job="api"} 5 0,0 since 0']);
    }
  });

  it.each([
    [[1, 2, 3], 'a series has 3 references to symbols, want pairs of name and value'],
    [[1, 5], 'a series refers to symbol 5 of 5'],
    [[1, 2, 3, 4_294_967_295], 'a series refers to symbol 4294967295 of 5'],
    [Array.from({ length: 8194 }, () => 1), 'a series has 8194 references to symbols, limit 8192'],
  ])('refuses a series with bad references, and keeps the others', (labelRefs, example) => {
    const understanding = newUnderstanding();
    const good = { labelRefs: [1, 2], samples: [SAMPLE] };
    const bad = { labelRefs, samples: [SAMPLE, SAMPLE], exemplars: [{ labelRefs: [3, 4] }] };
    expect(understanding.walk(rawRequest(SYMBOLS, good, bad, good))).toEqual([
      'up 5 0,0 since 0',
      'up 5 0,0 since 0',
    ]);
    expect(understanding.tally.toArray()).toEqual([{ code: 'ERR_SYMBOL_REF_INVALID', count: 2, example }]);
  });

  it('refuses exemplars and metadata with bad references, and keeps the samples', () => {
    const understanding = newUnderstanding();
    const lines = understanding.walk(
      rawRequest(
        SYMBOLS,
        { labelRefs: [1, 2], samples: [SAMPLE], exemplars: [{ labelRefs: [9, 9] }] },
        { labelRefs: [1, 2], samples: [SAMPLE], metadata: { type: 1, helpRef: 7 } },
        { labelRefs: [1, 2], samples: [SAMPLE], metadata: { type: 1, helpRef: 4_000_000_000 } },
        { labelRefs: [1, 2], samples: [SAMPLE], exemplars: [{ labelRefs: [3, 4, 3, 4] }] },
      ),
    );
    expect(lines).toEqual(Array.from({ length: 4 }, () => 'up 5 0,0 since 0'));
    expect(understanding.tally.toArray()).toEqual([
      {
        code: 'ERR_SYMBOL_REF_INVALID',
        count: 3,
        example: 'an exemplar of series {__name__="up"} refers to symbol 9 of 5',
      },
    ]);
    expect(understanding.leftOut.toArray().map(({ code, count }) => [code, count])).toEqual([
      ['ERR_LABEL_DUPLICATE', 1],
    ]);
  });

  it('takes a series of exemplars or metadata alone, and refuses an empty one', () => {
    const understanding = newUnderstanding();
    const none = { ...newSeries(), labels: METRIC };
    const exemplars = [{ labels: [{ name: 'trace_id', value: 'x' }], value: 2, timestampMs: 7 }];
    const metadata = { type: 'counter' as const, help: 'h', unit: '' };
    const series = [{ ...none, exemplars }, { ...none, metadata }, none];
    expect(understanding.walk(encodeWriteRequestV2({ series }))).toEqual([
      'up{job="api"} # {trace_id="x"} 7 2',
      metadataText('up', metadata),
    ]);
    expect(understanding.newSeriesCount).toBe(1);
    expect(understanding.tally.toArray()).toEqual([
      {
        code: 'ERR_SERIES_EMPTY',
        count: 1,
        example: 'series {__name__="up", job="api"} has nothing to store',
      },
    ]);
  });

  it('says the same of a series that it knows', () => {
    const understanding = newUnderstanding();
    const up = { ...newSeries(), labels: METRIC };
    const float = { ...up, timestampMs: Float64Array.of(5), value: Float64Array.of(0) };
    const bad = { ...up, histograms: [makeWireHistogram({ schema: -9 })] };
    const metadata = { type: 'gauge' as const, help: 'h', unit: '' };
    const rounds = [float, { ...float, metadata }, up, bad, { ...up, metadata }].map((series) => {
      understanding.walk(encodeWriteRequestV2({ series: [float] }));
      const lines = understanding.walk(encodeWriteRequestV2({ series: [series, series] }));
      return [lines, understanding.tally.toArray().map(({ code, count }) => [code, count])];
    });
    const line = 'up{job="api"} 5 0,0 since 0';
    expect(rounds).toEqual([
      [[line, line], []],
      [[line, line, metadataText('up', metadata)], []],
      [[], [['ERR_SERIES_EMPTY', 2]]],
      [[], [['ERR_HISTOGRAM_INVALID', 2]]],
      [[metadataText('up', metadata)], []],
    ]);
  });

  it.each([
    ['histogram', 'rpc_bucket', 'rpc'],
    ['histogram', 'rpc_sum', 'rpc'],
    ['histogram', 'rpc', 'rpc'],
    ['gaugehistogram', 'rpc_gcount', 'rpc'],
    ['summary', 'rpc_count', 'rpc'],
    ['summary', 'rpc_bucket', 'rpc_bucket'],
    ['counter', 'rpc_total', 'rpc_total'],
    ['gauge', 'rpc_sum', 'rpc_sum'],
    ['histogram', '_sum', '_sum'],
  ] as const)('what a %s says by the series %s is of the metric %s', (type, name, metric) => {
    const metadata = { type, help: '', unit: '' };
    const series = [{ ...newSeries(), labels: [{ name: '__name__', value: name }], metadata }];
    expect(newUnderstanding().walk(encodeWriteRequestV2({ series }))).toEqual([
      metadataText(metric, metadata),
    ]);
  });

  it('forgets refs when it is told to', () => {
    const lookup = new MapLookup();
    const walk = new WriteWalkV2(KEY, lookup, DEFAULT_SERIES_LABEL_LIMITS);
    const batch = newBatch();
    const bytes = rawRequest(SYMBOLS, { labelRefs: [1, 2], samples: [SAMPLE] });
    const refOf = (): number | undefined => {
      batch.clear();
      walk.walk(bytes, batch, new RejectionTally());
      return batch.ref[0];
    };
    expect(refOf()).toBe(-1);
    const lanes = [0, 1, 2].map((lane) => batch.newSeriesLane(0, lane as 0 | 1 | 2)).join();
    lookup.refs.set(lanes, 41);
    expect(refOf()).toBe(41);
    lookup.refs.set(lanes, 42);
    expect(refOf()).toBe(41);
    walk.forgetSeries();
    expect(refOf()).toBe(42);
  });

  it('has a bound on the text that references stand for', () => {
    const texts = Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(4000, 'x'));
    const symbols = ['', '__name__', 'up', ...texts.map((_, index) => `l${index}`), ...texts];
    const refs = texts.flatMap((_, index) => [3 + index, 3 + texts.length + index]);
    // Each time in another order, so that none is remembered; and refused, for a label comes twice.
    const series = Array.from({ length: 1500 }, (_, round) => {
      const at = 2 * (round % 60);
      return { labelRefs: [1, 2, ...refs.slice(at), ...refs.slice(0, at), 1, 2], samples: [SAMPLE] };
    });
    // The same in exemplars of one series.
    const exemplars = series.map(({ labelRefs }) => ({ labelRefs }));
    for (const all of [series, [{ labelRefs: [1, 2], samples: [SAMPLE], exemplars }]]) {
      const walk = new WriteWalkV2(KEY, new MapLookup(), DEFAULT_SERIES_LABEL_LIMITS);
      const attempt = (): void => walk.walk(rawRequest(symbols, ...all), newBatch(), new RejectionTally());
      expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_WRITE_SAMPLES_MAX', kind: 'too-large' }));
    }
  });

  it('has a bound on symbols', () => {
    const symbols = Buffer.alloc(2 * (2 ** 20 + 1));
    for (let index = 0; index < symbols.length; index += 2) symbols[index] = 0x22;
    const walk = new WriteWalkV2(KEY, new MapLookup(), DEFAULT_SERIES_LABEL_LIMITS);
    const attempt = (): void => walk.walk(symbols, newBatch(), new RejectionTally());
    expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_WRITE_SYMBOLS_MAX', kind: 'too-large' }));
  });

  it.each([0, 112, 120, 150, 16_360])(
    `understands what it remembers as what it does not, with %d more symbols (seed ${SEED})`,
    (fillerCount) => {
      const random = new SeededRandom(SEED + fillerCount);
      const warm = newUnderstanding();
      const all = Array.from({ length: 60 }, (_, index) => plainSeries(random, index));
      for (let round = 0; round < (fillerCount > 1000 ? 30 : 1000); round++) {
        const from = random.nextInt(20);
        const request = plainRequest(all.slice(from, from + 1 + random.nextInt(40)), fillerCount, random);
        expect(outcomeOf(warm, request)).toEqual(outcomeOf(newUnderstanding(), request));
        for (let flips = 1 + random.nextInt(3); flips > 0; flips--) {
          // The fillers come first, and the series last.
          const reach = Math.min(request.length, random.nextInt(3) === 0 ? 3000 : 60);
          const at = request.length - 1 - random.nextInt(reach);
          request[at] =
            random.nextInt(2) === 0 ? random.nextInt(256) : request[at]! ^ (1 << random.nextInt(8));
        }
        expect(outcomeOf(warm, request)).toEqual(outcomeOf(newUnderstanding(), request));
      }
    },
    60_000,
  );

  it('reads what is expected to the very end of a request', () => {
    const symbols = encodeMessage('WriteRequestV2', { symbols: SYMBOLS, series: [] });
    const sample = Buffer.from([0x12, 2, 0x10, 5]);
    const known = [Buffer.from([0x2a, 8, 0x0a, 2, 1, 2]), sample];
    for (const refs of [[1, 2, 3], [1, 2], [1], [1, 2, 3, 4]]) {
      const understanding = newUnderstanding();
      const both = [symbols, ...known, Buffer.from([0x2a, 10, 0x0a, 4, 1, 2, 3, 4]), sample];
      for (let round = 0; round < 3; round++) understanding.walk(Buffer.concat(both));
      understanding.walk(Buffer.concat([symbols, ...known]));
      // Behind the references lies metadata that says nothing.
      const last = Buffer.from([0x2a, refs.length + 4, 0x0a, refs.length, ...refs, 0x2a, 0]);
      understanding.walk(Buffer.concat([symbols, last]));
      const code = refs.length % 2 === 0 ? 'ERR_SERIES_EMPTY' : 'ERR_SYMBOL_REF_INVALID';
      expect(understanding.tally.toArray()).toMatchObject([{ code, count: 1 }]);
    }
  });

  it('takes a type that is none for one that is not known', () => {
    const understanding = newUnderstanding();
    const series = { labelRefs: [1, 2], samples: [SAMPLE], metadata: { type: 4_294_967_295, helpRef: 4 } };
    const said = metadataText('up', { type: 'unknown', unit: '', help: 'api' });
    for (let round = 0; round < 3; round++) {
      const lines = understanding.walk(rawRequest(SYMBOLS, series, series));
      expect(lines.filter((line) => line.startsWith('metadata'))).toEqual([said]);
    }
  });

  it('does not take the symbols of a request that was refused for those of the next', () => {
    const understanding = newUnderstanding();
    const samples = [{ ...SAMPLE, timestampMs: 1_760_000_000_000 }];
    const first = { labelRefs: [1, 2], samples };
    const series = { labelRefs: [1, 2, 3, 4], samples };
    for (let round = 0; round < 3; round++) understanding.walk(rawRequest(SYMBOLS, first, series));
    // The other one is expected next.
    understanding.walk(rawRequest(SYMBOLS.slice(0, 3), first));
    const torn = Buffer.concat([rawRequest(SYMBOLS), Buffer.from([0x22, 100])]);
    expect(() => understanding.walk(torn)).toThrow(expect.objectContaining({ code: 'ERR_PROTOBUF_INVALID' }));
    expect(understanding.walk(rawRequest(SYMBOLS.slice(0, 3), series))).toEqual([]);
    expect(understanding.tally.toArray()).toMatchObject([{ code: 'ERR_SYMBOL_REF_INVALID', count: 1 }]);
  });

  it(`answers mutated requests or refuses them with a code (seed ${SEED}, ${MUTATIONS} mutations)`, () => {
    const random = new SeededRandom(SEED);
    const understanding = newUnderstanding();
    const codes = new Set<string | undefined>();
    for (let mutation = 0; mutation < MUTATIONS; mutation++) {
      const series = Array.from({ length: 1 + random.nextInt(4) }, () =>
        random.nextInt(3) === 0 ? plainSeries(random, random.nextInt(20)) : randomSeriesV2(random),
      );
      const bytes = Buffer.from(encodeWriteRequestV2({ series }));
      // So that its series are remembered, and the first is expected.
      if (random.nextInt(4) === 0) for (let round = 0; round < 2; round++) understanding.walk(bytes);
      for (let flips = 1 + random.nextInt(4); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = random.nextInt(256);
      }
      const cut = random.nextInt(5) === 0 ? random.nextInt(bytes.length) : bytes.length;
      try {
        understanding.walk(bytes.subarray(0, cut));
        codes.add('taken');
      } catch (error) {
        codes.add(errorCode(error));
      }
    }
    expect(codes).toEqual(new Set(['taken', 'ERR_PROTOBUF_INVALID']));
  });
});

/** A float with a timestamp of today as a rule, and sometimes more. */
function plainSeries(random: SeededRandom, index: number): WireSeriesV2 {
  const count = random.nextInt(8) === 0 ? 0 : 1;
  const names = ['job', 'instance', 'zone', 'a_rather_long_name'].slice(0, 1 + random.nextInt(4));
  return {
    ...newSeries(),
    labels: [
      { name: '__name__', value: `metric_${index % 20}_total` },
      ...names.map((name) => ({ name, value: `${name} ${random.nextInt(5)}` })),
    ],
    timestampMs: Float64Array.from({ length: count }, () => 1_760_000_000_000 + random.nextInt(1e9)),
    value: Float64Array.from({ length: count }, () => random.nextFloat()),
    startTimestampMs: Float64Array.from({ length: count }, () => (random.nextInt(10) === 0 ? 7 : 0)),
    metadata: [null, NOTHING_SAID, { ...NOTHING_SAID, help: 'h' }][random.nextInt(3)] ?? null,
  };
}

/** With symbols that nobody refers to, before the others as often as behind them. */
function plainRequest(series: readonly WireSeriesV2[], fillerCount: number, random: SeededRandom): Buffer {
  const fillers = Array.from({ length: fillerCount }, (_, index) => `filler ${index}`);
  const labels = fillers.length === 0 || random.nextInt(2) === 0 ? [] : chunksOf(fillers, 100);
  const filling = labels.map((values) => ({
    ...newSeries(),
    labels: values.map((value) => ({ name: 'filler', value })),
  }));
  return Buffer.from(encodeWriteRequestV2({ series: [...filling, ...series] }));
}

function chunksOf(texts: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(texts.length / size) }, (_, index) =>
    texts.slice(index * size, (index + 1) * size),
  );
}

/** Everything that is understood, or why nothing is. */
function outcomeOf(understanding: Understanding, request: Uint8Array): unknown {
  try {
    const lines = understanding.walk(request);
    return [lines, understanding.tally.toArray(), understanding.leftOut.toArray()];
  } catch (error) {
    return errorCode(error);
  }
}

function newSeries(): WireSeriesV2 {
  const none = new Float64Array(0);
  return {
    labels: [],
    timestampMs: none,
    value: none,
    exemplars: [],
    histograms: [],
    metadata: null,
    startTimestampMs: none,
    histogramStartTimestampMs: none,
    createdTimestampMs: 0,
  };
}
