// SPDX-License-Identifier: Apache-2.0

/** The ports that examples/shop/config names. */
const DEFAULT_PORT_BASE = 7101;
const DEFAULT_GATEWAY_PORT = 8080;
const DEFAULT_GATEWAY_TLS_PORT = 8443;
/** Beside 6379, where a Redis of one's own may run. */
const DEFAULT_LEDGER_PORT = 6380;
const DEFAULT_METRICS_PORT = 9464;
const MAX_PORT = 65_535;

/** From the base on: where the services are called, which is where their sidecars listen; */
const PROCESS_OFFSET = 10;
/** where their processes listen; and where sidecars listen for the process behind them. */
const UPSTREAM_OFFSET = 20;
/** The names of the latter, in order. */
const UPSTREAMS = [
  'storefront → all',
  'storefront → stock',
  'orders → ledger',
  'orders → stock',
  'notifications → stock',
] as const;
const PORT_COUNT = UPSTREAM_OFFSET + UPSTREAMS.length;

/** One process of the shop. */
export interface Service {
  readonly name: string;
  /** Where the process listens. */
  readonly port: number;
  /** Its program, below services/. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A port of a sidecar. */
export interface SidecarPlace {
  /** For people. */
  readonly name: string;
  readonly port: number;
}

export interface Settings {
  /** First of the ports in a row that services and sidecars have. */
  readonly portBase: number;
  readonly services: readonly Service[];
  readonly sidecarPlaces: readonly SidecarPlace[];
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
  const portBase = parsePort(env, 'SHOP_PORT_BASE', DEFAULT_PORT_BASE);
  const gatewayPort = parsePort(env, 'SHOP_GATEWAY_PORT', DEFAULT_GATEWAY_PORT);
  const gatewayTlsPort = parsePort(env, 'SHOP_GATEWAY_TLS_PORT', DEFAULT_GATEWAY_TLS_PORT);
  const ledgerPort = parsePort(env, 'SHOP_LEDGER_PORT', DEFAULT_LEDGER_PORT);
  const services = servicesFrom(portBase);
  const moves: [number, number][] = [
    ...Array.from({ length: PORT_COUNT }, (_, index): [number, number] => [DEFAULT_PORT_BASE + index, portBase + index]),
    [DEFAULT_GATEWAY_PORT, gatewayPort],
    [DEFAULT_GATEWAY_TLS_PORT, gatewayTlsPort],
    [DEFAULT_LEDGER_PORT, ledgerPort],
  ];
  return {
    portBase,
    services,
    sidecarPlaces: sidecarPlacesFrom(portBase, services),
    gatewayPort,
    gatewayTlsPort,
    ledgerPort,
    metricsPort: parsePort(env, 'SHOP_METRICS_PORT', DEFAULT_METRICS_PORT),
    hasTraffic: flags.includes('--traffic') || env['SHOP_TRAFFIC'] === '1',
    hasAccessLog: flags.includes('--access-log'),
    movedPorts: new Map(moves.filter(([from, to]) => from !== to)),
  };
}

/** The services know where to call others, and nothing else of what is between. */
function servicesFrom(base: number): readonly Service[] {
  const at = (name: (typeof UPSTREAMS)[number]): string => `127.0.0.1:${base + UPSTREAM_OFFSET + UPSTREAMS.indexOf(name)}`;
  const program = (name: string, args: readonly string[] = []): Omit<Service, 'port'> => ({
    ...{ name, args, env: {} },
    program: `${name}/main.ts`,
  });
  return [
    { ...program('storefront', [at('storefront → stock')]), env: proxyEnvironment(at('storefront → all')) },
    { ...program('catalogue', ['v1']), name: 'catalogue v1' },
    { ...program('catalogue', ['v2']), name: 'catalogue v2' },
    program('orders', [at('orders → stock'), at('orders → ledger')]),
    program('reviews'),
    program('ledger'),
    program('stock'),
    program('notifications', [at('notifications → stock')]),
    { ...program('catalogue', ['v3']), name: 'catalogue v3' },
  ].map((service, index) => ({ ...service, port: base + PROCESS_OFFSET + index }));
}

/** By it Node's own `fetch` goes through an HTTP proxy. Small letters win over capitals, also over those of the user. */
function proxyEnvironment(address: string): Service['env'] {
  return { NODE_USE_ENV_PROXY: '1', http_proxy: `http://${address}`, no_proxy: '127.0.0.1' };
}

function sidecarPlacesFrom(base: number, services: readonly Service[]): readonly SidecarPlace[] {
  return [
    ...services.map(({ name }, index) => ({ name: `sidecar of ${name}`, port: base + index })),
    ...UPSTREAMS.map((name, index) => ({ name: `sidecar, ${name}`, port: base + UPSTREAM_OFFSET + index })),
  ];
}

function parsePort(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port <= MAX_PORT - PORT_COUNT) return port;
  throw new Error(`${name} is "${text}"; write a port number, for example ${name}=${fallback + 100}`);
}
