// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Port, Snapshot } from '@weir/policy/snapshot';
import { selectListener } from '@weir/routing';
import { answerOfConnection } from './answer/carry-connection.ts';
import type { StreamScope } from './answer/carry-connection.ts';
import type { ExplainRequest, Findings } from './explanation.ts';
import { explainedListener, explainedPort, unreachable } from './explained-parts.ts';
import { LOOPBACK } from './request/read-request.ts';
import { choosePort } from './request/choose-port.ts';
import { noListenerDetail, noPortDetail, wrongProtocolDetail } from './request/port-details.ts';
import { serverNameOf } from './request/server-name.ts';
import { parseStreamUrl } from './request/stream-url.ts';
import type { StreamUrl } from './request/stream-url.ts';

/** What would become of a connection (`tcp://`, `tls://`) or of datagrams (`udp://`). `serverName`: that of the handshake where it is not the host. */
export function explainConnection(snapshot: Snapshot, { url, serverName, clientAddress = LOOPBACK }: ExplainRequest): Findings {
  let asked: StreamUrl;
  try {
    asked = parseStreamUrl(url);
  } catch (reason) {
    return { answer: unreachable(Fault.from(reason).message) };
  }
  const { host, scheme } = asked;
  const port = choosePort(snapshot, { port: asked.port, urlHost: host, host, isDatagram: scheme === 'udp' });
  if (port === undefined) return { answer: unreachable(noPortDetail(snapshot, asked.port)) };
  const name = scheme === 'tls' ? (serverName ?? serverNameOf(host)) : undefined;
  return { port: explainedPort(port), ...explainAtPort(snapshot, port, { asked, name, clientAddress }) };
}

/** What a connection to a port without HTTP comes to; `serverName`: '' = none. */
export function explainConnectionAt(scope: StreamScope, serverName: string): Findings {
  return { listener: explainedListener(scope.listener), ...answerOfConnection(scope, serverName) };
}

interface Asked {
  readonly asked: StreamUrl;
  /** Server name of the handshake; undefined = none. */
  readonly name: string | undefined;
  readonly clientAddress: string;
}

function explainAtPort(snapshot: Snapshot, port: Port, { asked: { scheme, host }, name, clientAddress }: Asked): Findings {
  const [only] = port.listeners;
  // What a client says over TCP is its own affair.
  const isCarried = port.protocol === 'TCP' ? scheme !== 'udp' : port.protocol === 'UDP' && scheme === 'udp';
  if (isCarried && only !== undefined) return explainConnectionAt({ snapshot, listener: only, clientAddress }, '');
  if (port.protocol !== 'TLS' || scheme !== 'tls') return { answer: unreachable(wrongProtocolDetail(port)) };
  const listener = selectListener(port, name ?? '');
  if (listener?.protocol === 'TLS') return explainConnectionAt({ snapshot, listener, clientAddress }, name ?? '');
  if (listener === undefined) return { answer: unreachable(noListenerDetail(port, name, host)) };
  const detail = `listener ${listener.name} takes requests, not connections: write https://`;
  return { listener: explainedListener(listener), answer: unreachable(detail) };
}
