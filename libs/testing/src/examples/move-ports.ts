// SPDX-License-Identifier: Apache-2.0

/** The text with every number that is a port in `ports` replaced; other numbers stay. */
export function movePorts(text: string, ports: ReadonlyMap<number, number>): string {
  return text.replaceAll(/(?<![\w.])\d{4,5}(?![\w.])/gv, number => String(ports.get(Number(number)) ?? number));
}
