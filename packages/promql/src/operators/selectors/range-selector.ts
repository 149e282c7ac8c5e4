/** `metric{…}[5m]`: the raw samples of every series, to be walked by a range function. */
import type { SampleColumns } from '@promontory/model';
import type { RangeOperator, SeriesMetadata, WindowShape } from '../operator.ts';
import type { SeriesSamples } from '../series-samples.ts';
import type { SeriesReader } from './series-reader.ts';

export class RangeSelector implements RangeOperator {
  readonly windows: WindowShape;
  readonly #reader: SeriesReader;

  /** @param reader must drop staleness markers */
  constructor(windows: WindowShape, reader: SeriesReader) {
    this.windows = windows;
    this.#reader = reader;
  }

  series(): readonly SeriesMetadata[] {
    return this.#reader.series();
  }

  readSamples(seriesIndex: number): SeriesSamples {
    return this.#reader.read(seriesIndex);
  }

  readStartTimestamps(seriesIndex: number): SampleColumns {
    return this.#reader.readStartTimestamps(seriesIndex);
  }
}
