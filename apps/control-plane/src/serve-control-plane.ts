// SPDX-License-Identifier: Apache-2.0
import type { TLSSocket } from 'node:tls';
import { faultWords, isLoopback, reasonWords, systemClock } from '@weir/base';
import type { Random } from '@weir/base';
import { formatShortName, peerOf, refusalFromTls } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { listenSync } from '@weir/sync/server';
import type { SyncListener } from '@weir/sync/server';
import { createTokenAccess } from './api/api-access.ts';
import type { ApiAccess } from './api/api-access.ts';
import { openApiTokens } from './api/api-token.ts';
import { createApi } from './api/create-api.ts';
import { listenApi } from './api/listen-api.ts';
import type { ApiListener, ApiTls } from './api/listen-api.ts';
import type { ControlPlane } from './control-plane.ts';
import { StartError } from './control-plane-options.ts';
import type { ServeOptions } from './start-options.ts';

/** The sockets of a control plane. */
export interface ServedControlPlane extends AsyncDisposable {
  /** Port where proxies connect. */
  readonly port: number;
  readonly api: ApiListener;
}

export interface ServeParts {
  readonly options: ServeOptions;
  readonly secrets: SecretStore;
  readonly random: Random;
  /** Called when the control plane has another certificate. */
  readonly onRenewed: () => void;
  /** Who else than those with a stored token may use the API; absent = nobody. */
  readonly widenAccess?: (tokens: ApiAccess) => ApiAccess;
}

/** Certificates come to expire without any edit. */
const RECHECK_MS = 3_600_000;

/** Opens the sockets for proxies and for the API. Throws StartError where a port cannot be had. */
export async function serveControlPlane(
  controlPlane: ControlPlane,
  { options, secrets, random, onRenewed, widenAccess = tokens => tokens }: ServeParts,
): Promise<ServedControlPlane> {
  await using closing = new AsyncDisposableStack();
  const listener = await listen(controlPlane, options);
  closing.defer(async () => {
    controlPlane.sync.close();
    await listener.close();
  });
  const access = widenAccess(createTokenAccess(await openApiTokens(secrets, random)));
  const api = await openApi(controlPlane, { options, access });
  closing.defer(() => api.close());
  controlPlane.server.onRenewed = () => {
    renew(controlPlane, { listener, api, options });
    onRenewed();
  };
  const rechecks = systemClock.every(RECHECK_MS, () => controlPlane.recheck());
  closing.defer(() => rechecks.cancel());
  const open = closing.move();
  return { port: listener.port, api, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Nothing of the present certificates outlives their connections: those that follow are made with the new ones. */
function renew(
  controlPlane: ControlPlane,
  { listener, api, options }: { listener: SyncListener; api: ApiListener; options: ServeOptions },
): void {
  listener.server.setSecureContext(controlPlane.server.tlsOptions());
  if (options.apiTls === undefined && api.scheme === 'https') api.renew(ownTls(controlPlane));
}

async function listen(controlPlane: ControlPlane, { listen: at, onEvent }: ServeOptions): Promise<SyncListener> {
  const { trustDomain } = controlPlane;
  const refuse = (socket: TLSSocket, reason: string): void => {
    onEvent({ kind: 'peer-refused', address: socket.remoteAddress ?? '', reason });
  };
  try {
    return await listenSync({
      host: at.address,
      port: at.port,
      tls: controlPlane.server.tlsOptions(),
      routes: controlPlane.routes,
      onRelay: connection => controlPlane.relay.hub.offer(connection),
      serveStream: controlPlane.sync.serveStream,
      clock: systemClock,
      peerOf: socket => {
        const found = peerOf(socket, { trustDomain });
        if (found.isTrusted) return formatShortName(found.id);
        refuse(socket, found.reason);
        return undefined;
      },
      onUnverified: socket => refuse(socket, refusalFromTls(socket.authorizationError).reason),
    });
  } catch (reason) {
    throw new StartError(`proxies cannot be served: ${reasonWords(reason)}`);
  }
}

interface ApiSurroundings {
  readonly options: ServeOptions;
  readonly access: ApiAccess;
}

async function openApi(controlPlane: ControlPlane, { options, access }: ApiSurroundings): Promise<ApiListener> {
  // Everything that others can reach has to be TLS, as a token travels.
  const isPlain = options.apiTls === undefined && isLoopback(options.api.address);
  const app = createApi({
    controlPlane,
    guard: { access, scheme: isPlain ? 'http' : 'https', hostNames: options.apiHostNames },
    onRefused: refusal => options.onEvent({ kind: 'api-refused', ...refusal }),
    onFault: reason => options.onEvent({ kind: 'note', text: `a request of the API failed: ${faultWords(reason)}` }),
  });
  return listenApi(app, { at: options.api, tls: options.apiTls ?? (isPlain ? undefined : ownTls(controlPlane)) });
}

/** Without what proxies are asked for: who uses the API shows a token, and no certificate. */
function ownTls({ server }: ControlPlane): ApiTls {
  const { cert, key } = server.tlsOptions();
  return key === undefined ? { cert } : { cert, key };
}
