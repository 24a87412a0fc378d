// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import { anyAddress } from '@weir/base';
import { InvalidArgumentError } from 'commander';

/** An IP address and port; of peers also the name of a host. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** A port of a Service; the namespace is undefined where the caller's own is meant. */
export interface ServicePlace {
  readonly service: string;
  readonly namespace: string | undefined;
  readonly port: number;
}

const MAX_PORT = 65_535;
const HTTP_PORT = 80;
const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const HOST_PLACE = new RegExp(`^(${LABEL}(?:\\.${LABEL})*):(\\d+)$`);
/** Of a host (RFC 1035 section 2.3.4). */
const MAX_NAME = 253;
const SERVICE = new RegExp(`^(${LABEL})(?:\\.(${LABEL}))?(?::(\\d+))?$`);
const IDENTITY = new RegExp(`^${LABEL}/[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$`);

/** `127.0.0.1:8080`, `[::1]:8080`. */
export function parsePlace(text: string): Place {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const address = bracketed ?? (plain === '*' ? anyAddress() : (plain ?? ''));
  const port = Number(digits);
  if (isIP(address) === 0 || !(port >= 1 && port <= MAX_PORT)) {
    throw new InvalidArgumentError('Write ADDRESS:PORT, such as 127.0.0.1:15010 or [::1]:15010, or *:15010 for every address.');
  }
  return { address, port };
}

/** As `parsePlace`, or with the name of a host: `weir-control-plane.weir-system.svc:15010`. */
export function parseHostPlace(text: string): Place {
  const [, name = '', digits] = HOST_PLACE.exec(text) ?? [];
  const port = Number(digits);
  // What is all digits and dots is meant for an address.
  if (name.length > MAX_NAME || /^[\d.]*$/.test(name) || !(port >= 1 && port <= MAX_PORT)) return parsePlace(text);
  return { address: name, port };
}

/** `shop/cart`: who a workload is. */
export function parseIdentity(text: string): string {
  if (!IDENTITY.test(text)) throw new InvalidArgumentError('Write NAMESPACE/SERVICE-ACCOUNT, such as shop/cart.');
  return text;
}

/** `shop/edge`: a Gateway. */
export function parseGatewayName(text: string): string {
  if (!IDENTITY.test(text)) throw new InvalidArgumentError('Write NAMESPACE/NAME of a Gateway, such as shop/edge.');
  return text;
}

/** What a proxy is called among those of its identity. */
export function parseProxyName(text: string): string {
  if (!/^[A-Za-z0-9][-A-Za-z0-9._:]{0,252}$/.test(text)) {
    throw new InvalidArgumentError('Write a name, such as edge-1: letters, digits, -, ., _ and :, 253 at most.');
  }
  return text;
}

/** `orders`, `orders.shop`, `orders.shop:8080`; port 80 where none is said. */
export function parseService(text: string): ServicePlace {
  const [, service, namespace, digits] = SERVICE.exec(text) ?? [];
  const port = digits === undefined ? HTTP_PORT : Number(digits);
  if (service === undefined || !(port >= 1 && port <= MAX_PORT)) {
    throw new InvalidArgumentError('Write a Service as NAME, NAME.NAMESPACE or NAME.NAMESPACE:PORT, such as orders.shop:8080.');
  }
  return { service, namespace, port };
}

/** Collects IP addresses: one, or several with commas between, as Kubernetes tells a pod its own. */
export function collectAddress(text: string, earlier: readonly string[] = []): readonly string[] {
  const addresses = text.split(',');
  if (addresses.some(address => isIP(address) === 0)) {
    throw new InvalidArgumentError('Write an IP address of this host, such as 10.0.0.7 or fd00::7; several with commas between.');
  }
  return [...earlier, ...addresses];
}

/** Collects `LISTEN=APPLICATION`. */
export function collectInbound(
  text: string,
  earlier: readonly { readonly listen: Place; readonly application: Place }[] = [],
): readonly { readonly listen: Place; readonly application: Place }[] {
  const [listen, application] = halves(text, 'ADDRESS:PORT=ADDRESS:PORT, such as 10.0.0.7:8080=127.0.0.1:8080');
  return [...earlier, { listen: parsePlace(listen), application: parsePlace(application) }];
}

/** Collects `LISTEN=SERVICE`. */
export function collectOutbound(
  text: string,
  earlier: readonly { readonly listen: Place; readonly to: ServicePlace }[] = [],
): readonly { readonly listen: Place; readonly to: ServicePlace }[] {
  const [listen, to] = halves(text, 'ADDRESS:PORT=SERVICE, such as 127.0.0.1:4001=orders.shop:80');
  return [...earlier, { listen: parsePlace(listen), to: parseService(to) }];
}

/** Collects `SERVICE=PORT`, a port of loopback. */
export function collectUpstream(
  text: string,
  earlier: readonly { readonly listen: Place; readonly to: ServicePlace }[] = [],
): readonly { readonly listen: Place; readonly to: ServicePlace }[] {
  const [to, port] = halves(text, 'SERVICE=PORT, such as orders=4001');
  return [...earlier, { listen: parsePlace(`127.0.0.1:${port}`), to: parseService(to) }];
}

function halves(text: string, form: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError(`Write ${form}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}
