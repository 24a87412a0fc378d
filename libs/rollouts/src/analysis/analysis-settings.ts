// SPDX-License-Identifier: Apache-2.0

/** How often an analysis may be wrong, over all looks from its beginning to its end. */
export interface AnalysisSettings {
  /** Of candidates that are as good as every condition allows, at most this share is ever failed by an analysis; all conditions together. */
  readonly falseAbort: number;
  /** Of candidates that are worse than any one condition allows, at most this share is ever passed. */
  readonly missedRegression: number;
  /** With fewer to a revision, nothing is said of it. */
  readonly minimumRequests: number;
}

/**
 * A false abort costs somebody a day's trust in the gateway, and is never mended by itself: one of a hundred analyses. What is missed at one step is looked at
 * again at the next one, with more traffic, and is little worse than allowed: one of twenty. A hundred requests are more than a new Pod's first, slow ones.
 */
export const DEFAULT_ANALYSIS_SETTINGS: AnalysisSettings = { falseAbort: 0.01, missedRegression: 0.05, minimumRequests: 100 };

/** What a condition allows where its author names no bound. */
export const DEFAULT_DROP_POINTS = 0.5;
export const DEFAULT_LATENCY_RATIO = 1.5;
