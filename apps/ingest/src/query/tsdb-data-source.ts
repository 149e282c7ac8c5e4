import type {
  Cardinality,
  CardinalityRequest,
  DataBlock,
  DataSource,
  MetadataRequest,
  MetricMetadata,
  SelectionEstimate,
  SeriesExemplars,
} from '@promontory/http-api';
import type { Labels } from '@promontory/model';
import type { LabelAnswer, LabelRequest, SelectRequest, SeriesSet } from '@promontory/promql';
import type { TsdbReader } from '@promontory/tsdb/threads';

/** The database as the HTTP API and PromQL want it. Here the packages meet: none knows the others. */
export class TsdbDataSource implements DataSource {
  readonly #reader: TsdbReader;

  constructor(reader: TsdbReader) {
    this.#reader = reader;
  }

  async select(request: SelectRequest): Promise<SeriesSet> {
    const { hints: _wanted, ...options } = request;
    return this.#reader.select(options);
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

  async exemplars(request: LabelRequest): Promise<LabelAnswer<SeriesExemplars>> {
    return this.#reader.exemplars(request);
  }

  async metadata(request: MetadataRequest): Promise<ReadonlyMap<string, readonly MetricMetadata[]>> {
    return this.#reader.metadata(request);
  }

  async cardinality(request: CardinalityRequest): Promise<Cardinality> {
    const segmentCount = this.#reader.blocks().reduce((sum, block) => sum + block.segmentCount, 0);
    const extent = this.#reader.timeExtent(request);
    return {
      ...this.#reader.cardinality(request),
      segmentCount,
      firstTimestampMs: extent?.firstTimestampMs ?? null,
      lastTimestampMs: extent?.lastTimestampMs ?? null,
    };
  }

  async blocks(): Promise<readonly DataBlock[]> {
    return this.#reader.blocks();
  }

  async estimate(request: LabelRequest): Promise<SelectionEstimate> {
    const { seriesCount, floats, histograms } = this.#reader.estimate(request);
    return {
      seriesCount,
      samplesEstimated: Math.round(floats + histograms),
      histogramsEstimated: Math.round(histograms),
    };
  }
}
