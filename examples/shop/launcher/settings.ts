// SPDX-License-Identifier: Apache-2.0

/** The ports that examples/shop/config names. */
export const DEFAULT_SERVICE_PORT_BASE = 7101;
const DEFAULT_GATEWAY_PORT = 8080;
const DEFAULT_GATEWAY_TLS_PORT = 8443;
/** Beside 6379, where a Redis of one's own may run. */
const DEFAULT_LEDGER_PORT = 6380;
const DEFAULT_METRICS_PORT = 9464;
const MAX_PORT = 65_535;

/** One process of the shop. */
export interface Service {
  readonly name: string;
  readonly port: number;
  /** Its program, below services/. */
  readonly program: string;
  readonly args: readonly string[];
}

export interface Settings {
  readonly services: readonly Service[];
  readonly gatewayPort: number;
  readonly gatewayTlsPort: number;
  /** The gateway's TCP port. */
  readonly ledgerPort: number;
  readonly metricsPort: number;
  readonly hasTraffic: boolean;
  readonly hasAccessLog: boolean;
  /** Ports that differ from what the configuration directory says: default → chosen. */
  readonly movedPorts: ReadonlyMap<number, number>;
}

/** Reads the flags and SHOP_* variables; throws an Error that says what to write where one is wrong. */
export function parseSettings(flags: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings {
  const unknown = flags.filter(flag => flag !== '--traffic' && flag !== '--access-log');
  if (unknown.length > 0) throw new Error(`unknown flag ${unknown[0]!}; there are --traffic and --access-log`);
  const base = parsePort(env, 'SHOP_PORT_BASE', DEFAULT_SERVICE_PORT_BASE);
  const gatewayPort = parsePort(env, 'SHOP_GATEWAY_PORT', DEFAULT_GATEWAY_PORT);
  const gatewayTlsPort = parsePort(env, 'SHOP_GATEWAY_TLS_PORT', DEFAULT_GATEWAY_TLS_PORT);
  const ledgerPort = parsePort(env, 'SHOP_LEDGER_PORT', DEFAULT_LEDGER_PORT);
  const services = servicesFrom(base, { address: `127.0.0.1:${gatewayPort}`, ledgerPort });
  const moves: [number, number][] = [
    ...services.map(({ port }, index): [number, number] => [DEFAULT_SERVICE_PORT_BASE + index, port]),
    [DEFAULT_GATEWAY_PORT, gatewayPort],
    [DEFAULT_GATEWAY_TLS_PORT, gatewayTlsPort],
    [DEFAULT_LEDGER_PORT, ledgerPort],
  ];
  return {
    services,
    gatewayPort,
    gatewayTlsPort,
    ledgerPort,
    metricsPort: parsePort(env, 'SHOP_METRICS_PORT', DEFAULT_METRICS_PORT),
    hasTraffic: flags.includes('--traffic') || env['SHOP_TRAFFIC'] === '1',
    hasAccessLog: flags.includes('--access-log'),
    movedPorts: new Map(moves.filter(([from, to]) => from !== to)),
  };
}

/** Where the services find each other: at the gateway. */
interface GatewayPlace {
  readonly address: string;
  readonly ledgerPort: number;
}

function servicesFrom(base: number, { address, ledgerPort }: GatewayPlace): readonly Service[] {
  return [
    { name: 'storefront', port: base, program: 'storefront/main.ts', args: [address] },
    { name: 'catalogue v1', port: base + 1, program: 'catalogue/main.ts', args: ['v1'] },
    { name: 'catalogue v2', port: base + 2, program: 'catalogue/main.ts', args: ['v2'] },
    { name: 'orders', port: base + 3, program: 'orders/main.ts', args: [address, String(ledgerPort)] },
    { name: 'reviews', port: base + 4, program: 'reviews/main.ts', args: [] },
    { name: 'ledger', port: base + 5, program: 'ledger/main.ts', args: [] },
    { name: 'stock', port: base + 6, program: 'stock/main.ts', args: [] },
    { name: 'notifications', port: base + 7, program: 'notifications/main.ts', args: [address] },
  ];
}

function parsePort(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port <= MAX_PORT - 7) return port;
  throw new Error(`${name} is "${text}"; write a port number, for example ${name}=${fallback + 100}`);
}
