// SPDX-License-Identifier: Apache-2.0

const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SHARE_DIGITS = [1, 2, 3, 4];

/** `1,204`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** A share of 0 to 1 as `97.1 %`, with as many digits as it takes not to call 99.99 % everything, or 0.01 % nothing. */
export function formatShare(share: number): string {
  if (Number.isNaN(share)) return 'unknown';
  const percent = 100 * share;
  const digits = SHARE_DIGITS.find(count => !isWhole(percent.toFixed(count))) ?? 0;
  return `${Number(percent.toFixed(percent > 0 && percent < 100 ? digits : 0))} %`;
}

/** `0.42 ms`, `8.5 ms`, `310 ms`. */
export function formatMs(durationMs: number): string {
  return Number.isNaN(durationMs) ? 'unknown' : `${Number(durationMs.toPrecision(durationMs < 100 ? 2 : 3))} ms`;
}

/** `p99`, `p99.9`. */
export function formatQuantile(quantile: number): string {
  return `p${Number((100 * quantile).toFixed(3))}`;
}

function isWhole(percent: string): boolean {
  return Number(percent) === 0 || Number(percent) === 100;
}
