/** Entry of a decode thread. */
import { DecodeStage, type DecodeStageOptions } from '../pipeline/decode-stage.ts';

export function runDecodeStage(options: DecodeStageOptions): void {
  new DecodeStage(options).run();
}
