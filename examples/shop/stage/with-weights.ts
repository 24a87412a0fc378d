// SPDX-License-Identifier: Apache-2.0

/** Sets the weights of the catalogue's route: of what its Rollout says, and of v2 by hand. */
export function withWeights(text: string, ...weights: readonly [number, number]): string {
  const [first, second] = weights;
  return text.replace(/weight: \d+(?<between>[\s\S]*)weight: \d+/v, `weight: ${first}$<between>weight: ${second}`);
}
