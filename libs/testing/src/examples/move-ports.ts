// SPDX-License-Identifier: Apache-2.0

/** Where the READMEs and documents of the examples say that things listen. */
export const WRITTEN_PORTS = {
  gateway: 8080,
  backend: 7200,
  secondBackend: 7201,
  service: 7300,
  metrics: 9464,
  redis: 6379,
} as const;

/** The text with every number that is a port in `ports` replaced; other numbers stay. */
export function movePorts(text: string, ports: ReadonlyMap<number, number>): string {
  return text.replaceAll(/(?<![\w.])\d{4,5}(?![\w.])/gv, number => String(ports.get(Number(number)) ?? number));
}
