import type { LabelAnswer, LabelRequest, SelectRequest, SeriesSet, SeriesSource } from '@promontory/promql';
import type { Labels } from '@promontory/model';
import type { TsdbReader } from '@promontory/tsdb/threads';

/** The database as PromQL wants it. Here the two packages meet: neither knows the other. */
export class TsdbSeriesSource implements SeriesSource {
  readonly #reader: TsdbReader;

  constructor(reader: TsdbReader) {
    this.#reader = reader;
  }

  async select(request: SelectRequest): Promise<SeriesSet> {
    const { matchers, rangeStartMsInclusive, rangeEndMsInclusive } = request;
    return this.#reader.select({ matchers, rangeStartMsInclusive, rangeEndMsInclusive });
  }

  async labelNames(request: LabelRequest): Promise<LabelAnswer<string>> {
    return this.#reader.labelNames(request);
  }

  async labelValues(labelName: string, request: LabelRequest): Promise<LabelAnswer<string>> {
    return this.#reader.labelValues(labelName, request);
  }

  async series(request: LabelRequest): Promise<LabelAnswer<Labels>> {
    return this.#reader.series(request);
  }
}
