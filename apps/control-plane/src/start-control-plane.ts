// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { createSystemRandom, isLoopback, systemClock } from '@weir/base';
import type { Problem, Random } from '@weir/base';
import { formatShortName, formatSpiffeId, openSecretDirectory, peerOf, refusalFromTls } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { createDirectorySource } from '@weir/policy/documents';
import { listenSync } from '@weir/sync/server';
import type { SyncListener } from '@weir/sync/server';
import { API_FILE, API_TOKEN_FILES } from './api/api-place.ts';
import type { ApiPlace } from './api/api-place.ts';
import { createTokenAccess } from './api/api-access.ts';
import { openApiTokens } from './api/api-token.ts';
import { createApi } from './api/create-api.ts';
import { listenApi } from './api/listen-api.ts';
import type { ApiListener, ApiTls } from './api/listen-api.ts';
import type { ControlPlane } from './control-plane.ts';
import { StartError } from './control-plane-options.ts';
import { createControlPlane } from './create-control-plane.ts';
import { controlPlaneIdentity } from './identity/identity-names.ts';
import { limitRefusals } from './limit-refusals.ts';
import type { SocketPlace, StartOptions } from './start-options.ts';
import { acquireStateLease } from './state/state-lease.ts';

/** A control plane that serves. */
export interface RunningControlPlane {
  readonly controlPlane: ControlPlane;
  /** Where proxies connect; the port where it was given as 0. */
  readonly listen: SocketPlace;
  readonly apiUrl: string;
  /** File with the operator's token of the API. */
  readonly tokenFile: string;
  readonly startProblems: readonly Problem[];
  /** Ends streams and sockets; proxies go on with what they have. */
  stop(): Promise<void>;
}

/** Certificates come to expire without any edit. */
const RECHECK_MS = 3_600_000;

/**
 * Starts a control plane on a directory of documents; resolves when proxies can connect. Throws StartError where documents cannot be
 * read, the state directory is in use or a port cannot be had; IdentityError where what is stored cannot be used.
 */
export async function startControlPlane(given: StartOptions): Promise<RunningControlPlane> {
  const options = { ...given, onEvent: limitRefusals(given.onEvent, systemClock) };
  await using closing = new AsyncDisposableStack();
  const lease = await acquireStateLease(options.stateDirectory);
  closing.defer(() => lease.release());
  const secrets = await openSecretDirectory(options.stateDirectory);
  const random = createSystemRandom();
  const { controlPlane, startProblems } = await createControlPlane({
    ...options,
    ...{ clock: systemClock, random, secrets },
    defaultAddresses: [options.bindAddress],
    openSource: onChange => createDirectorySource(options.directory, { clock: systemClock, onChange }),
  });
  closing.defer(() => controlPlane.close());
  const listener = await listen(controlPlane, options);
  closing.defer(async () => {
    controlPlane.sync.close();
    await listener.close();
  });
  const api = await openApi(controlPlane, { options, secrets, random });
  closing.defer(() => api.close());
  const sayWhere = (): Promise<void> => secrets.write(API_FILE, `${JSON.stringify(placeOf(controlPlane, { api, options }))}\n`);
  controlPlane.server.onRenewed = () => {
    renew(controlPlane, { listener, api, options });
    sayWhere().catch((reason: unknown) =>
      options.onEvent({ kind: 'note', text: `${API_FILE} is not renewed: ${wordsOf(reason)}` }),
    );
  };
  const rechecks = systemClock.every(RECHECK_MS, () => controlPlane.recheck());
  closing.defer(() => rechecks.cancel());
  await sayWhere();
  closing.defer(() => secrets.remove(API_FILE));
  const running = closing.move();
  return {
    ...{ controlPlane, startProblems },
    listen: { address: options.listen.address, port: listener.port },
    apiUrl: placeOf(controlPlane, { api, options }).url,
    tokenFile: join(options.stateDirectory, API_TOKEN_FILES.operator),
    stop: () => running.disposeAsync(),
  };
}

/** Nothing of the present certificates outlives their connections: those that follow are made with the new ones. */
function renew(
  controlPlane: ControlPlane,
  { listener, api, options }: { listener: SyncListener; api: ApiListener; options: StartOptions },
): void {
  listener.server.setSecureContext(controlPlane.server.tlsOptions());
  if (options.apiTls === undefined && api.scheme === 'https') api.renew(ownTls(controlPlane));
}

async function listen(controlPlane: ControlPlane, { listen: at, onEvent }: StartOptions): Promise<SyncListener> {
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
    throw new StartError(`proxies cannot be served: ${reason instanceof Error ? reason.message : String(reason)}`);
  }
}

interface ApiSurroundings {
  readonly options: StartOptions;
  readonly secrets: SecretStore;
  readonly random: Random;
}

async function openApi(controlPlane: ControlPlane, { options, secrets, random }: ApiSurroundings): Promise<ApiListener> {
  const access = createTokenAccess(await openApiTokens(secrets, random));
  // Everything that others can reach has to be TLS, as a token travels.
  const isPlain = options.apiTls === undefined && isLoopback(options.api.address);
  const app = createApi({
    controlPlane,
    guard: { access, scheme: isPlain ? 'http' : 'https', hostNames: options.apiHostNames },
    onRefused: refusal => options.onEvent({ kind: 'api-refused', ...refusal }),
    onFault: reason => options.onEvent({ kind: 'note', text: `a request of the API failed: ${wordsOf(reason)}` }),
  });
  return listenApi(app, { at: options.api, tls: options.apiTls ?? (isPlain ? undefined : ownTls(controlPlane)) });
}

/** Without what proxies are asked for: who uses the API shows a token, and no certificate. */
function ownTls({ server }: ControlPlane): ApiTls {
  const { cert, key } = server.tlsOptions();
  return key === undefined ? { cert } : { cert, key };
}

function placeOf(controlPlane: ControlPlane, { api, options }: { api: ApiListener; options: StartOptions }): ApiPlace {
  const { address, port } = api.at;
  const url = `${api.scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
  if (api.scheme === 'http' || options.apiTls !== undefined) return { url, pid: process.pid };
  const identity = formatSpiffeId(controlPlaneIdentity(controlPlane.trustDomain));
  return { url, pid: process.pid, mesh: { rootsPem: controlPlane.authority.bundle().rootsPem, identity } };
}

function wordsOf(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}
