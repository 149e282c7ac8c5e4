import type { WorkTicker } from '@promontory/base';
import { LabelRegex } from './label-regex.ts';
import type { Labels } from './labels.ts';
import type { RegexBudget } from './regex-weight.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One condition on a label. A label that is absent has the value ''. Immutable. */
export class Matcher {
  readonly operator: MatchOperator;
  readonly name: string;
  readonly value: string;
  /** The compiled regex of `=~` and `!~`, null for the others. */
  readonly regex: LabelRegex | null;

  /**
   * @param regexes as of LabelRegex
   * @throws PromontoryError ERR_MATCHER_REGEX_INVALID, ERR_MATCHER_REGEX_WEIGHT_MAX
   */
  constructor(operator: MatchOperator, name: string, value: string, regexes?: RegexBudget) {
    this.operator = operator;
    this.name = name;
    this.value = value;
    this.regex = operator === '=~' || operator === '!~' ? new LabelRegex(value, regexes) : null;
  }

  get isNegative(): boolean {
    return this.operator === '!=' || this.operator === '!~';
  }

  /** @param ticker as of LabelRegex */
  matchesValue(value: string, ticker?: WorkTicker): boolean {
    const positive = this.regex === null ? value === this.value : this.regex.matches(value, ticker);
    return positive !== this.isNegative;
  }

  /** @param ticker as of LabelRegex */
  matches(labels: Labels, ticker?: WorkTicker): boolean {
    return this.matchesValue(labels.get(this.name), ticker);
  }

  toString(): string {
    return `${this.name}${this.operator}${JSON.stringify(this.value)}`;
  }
}
