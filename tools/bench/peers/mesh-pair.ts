// SPDX-License-Identifier: Apache-2.0

/** A shell's text that runs both commands until it is asked to end; their CPU time is that of its children. */
export function pairCommand(one: string, other: string): string {
  return `${one} & a=$!; ${other} & b=$!; trap "kill $a $b" TERM; wait; wait`;
}
