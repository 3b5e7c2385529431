// How a reading that feeds no row ends: refused with a reason, or skipped. Holds no rule.
import type { RejectionCode } from '@cei-inoe/shared/error-catalogue';

/** What a series is told about its readings; `at` is a position in Readings. */
export interface Endings {
  /** `context`: the reading before, which is needed to make sense of this one when it comes again corrected. */
  refuse(at: number, code: RejectionCode, message: string, context?: number): void;
  skip(at: number, code: 'counter_start' | 'repeated'): void;
  /** Something that is worth recording, and changes nothing. */
  note(at: number, code: 'counter_rollover' | 'incomplete_measure', message: string): void;
}
