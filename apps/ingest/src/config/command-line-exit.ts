import { PromontoryError } from '@promontory/base';
import { ERR_TEXT_REQUESTED, ERR_USAGE } from '../error-codes.ts';

/**
 * The program is over before it began: print the message and leave.
 *
 * A wrong flag, key or value is one line for stderr and exit code 2; `--help` and `--version` are text for
 * stdout and exit code 0.
 */
export class CommandLineExit extends PromontoryError {
  readonly exitCode: 0 | 2;

  private constructor(message: string, code: string, exitCode: 0 | 2) {
    super(message, { code, kind: 'bad-data' });
    this.exitCode = exitCode;
  }

  static usageError(message: string): CommandLineExit {
    return new CommandLineExit(message, ERR_USAGE, 2);
  }

  static text(text: string): CommandLineExit {
    return new CommandLineExit(text, ERR_TEXT_REQUESTED, 0);
  }
}
