// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import { Fault } from '@weir/base';

/** A connection or datagram that somebody asks about: `tcp://127.0.0.1:5432`, `tls://db.example:5432`, `udp://127.0.0.1:53`. */
export interface StreamUrl {
  readonly scheme: 'tcp' | 'tls' | 'udp';
  /** Lower-case; IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

const SCHEME = /^(?<scheme>tcp|tls|udp):/i;
const REST = /^\/\/(?<host>\[[\da-f:.]+\]|[^/?#@:[\]\s]+):(?<port>\d{1,5})\/?$/i;

/** Whether a URL is meant to be of a connection, well written or not. */
export function isStreamUrl(url: string): boolean {
  return SCHEME.test(url);
}

/** Throws Fault `bad_request` for what names no host and port, or more than that. */
export function parseStreamUrl(url: string): StreamUrl {
  const scheme = SCHEME.exec(url)?.groups?.['scheme']?.toLowerCase() ?? '';
  const { host = '', port = '0' } = REST.exec(url.slice(scheme.length + 1))?.groups ?? {};
  if (!isStreamScheme(scheme) || !isHost(host) || !isPort(Number(port))) {
    throw new Fault(
      'bad_request',
      `write host and port of a connection and nothing behind them, such as ${scheme}://127.0.0.1:5432`,
    );
  }
  return { scheme, host: host.toLowerCase(), port: Number(port) };
}

function isHost(text: string): boolean {
  return text.startsWith('[') ? isIP(text.slice(1, -1)) === 6 : text !== '';
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

function isStreamScheme(scheme: string): scheme is StreamUrl['scheme'] {
  return scheme === 'tcp' || scheme === 'tls' || scheme === 'udp';
}
