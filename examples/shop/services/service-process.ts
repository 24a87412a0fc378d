// SPDX-License-Identifier: Apache-2.0

/** The port in the first argument of the service `name`; without one the process ends, and says how to write it. */
export function portFromArguments(name: string): number {
  const port = Number(process.argv[2]);
  if (Number.isInteger(port) && port > 0) return port;
  process.stderr.write(`usage: node examples/shop/services/${name}/main.ts PORT\n`);
  process.exit(2);
}

/** Where services listen: loopback, where a sidecar is the way to them, unless SHOP_HOST says otherwise, as it does in a pod. */
export function listenHost(): string {
  return process.env['SHOP_HOST'] ?? '127.0.0.1';
}

/** Calls `stop` on SIGTERM, and when standard input ends: then whoever started this process is gone. */
export function onStop(stop: () => void): void {
  process.once('SIGTERM', stop);
  process.stdin.once('end', stop).resume();
}
