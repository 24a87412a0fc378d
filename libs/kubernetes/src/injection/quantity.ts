// SPDX-License-Identifier: Apache-2.0

/** As Kubernetes writes amounts: a number, with a suffix of powers of ten or two, or an exponent. */
const QUANTITY = /^\d{1,15}(?:\.\d{1,9})?(?:m|k|Ki|[MGTPE]i?|[eE][+\-]?\d{1,2})?$/v;

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** What an amount comes to, `128Mi` in bytes and `50m` in processors; undefined where it is none. */
export function quantityFromText(text: string): number | undefined {
  if (!QUANTITY.test(text)) return undefined;
  const [, digits = '', suffix = ''] = /^([\d.]+)(.*)$/.exec(text) ?? [];
  const factor = SUFFIXES[suffix];
  return factor === undefined ? Number(text) : Number(digits) * factor;
}
