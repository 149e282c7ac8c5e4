/** Entry of a decode thread. */
import { DecodeStage, type DecodeStageOptions } from '../pipeline/decode-stage.ts';

/** The thread has loaded its modules when this is called. */
export function loaded(): void {}

export function runDecodeStage(options: DecodeStageOptions): void {
  new DecodeStage(options).run();
}
