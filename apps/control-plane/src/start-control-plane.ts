// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { createSystemRandom, faultWords, systemClock } from '@weir/base';
import { formatSpiffeId, openSecretDirectory } from '@weir/identity';
import { createDirectorySource } from '@weir/policy/documents';
import { API_FILE, API_TOKEN_FILES } from './api/api-place.ts';
import type { ApiPlace } from './api/api-place.ts';
import type { ApiListener } from './api/listen-api.ts';
import type { ControlPlane } from './control-plane.ts';
import { createControlPlane } from './create-control-plane.ts';
import { controlPlaneIdentity } from './identity/identity-names.ts';
import { limitRefusals } from './limit-refusals.ts';
import type { RunningControlPlane } from './running-control-plane.ts';
import { serveControlPlane } from './serve-control-plane.ts';
import type { StartOptions } from './start-options.ts';
import { acquireStateLease } from './state/state-lease.ts';

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
    openSource: listener =>
      createDirectorySource(options.directory, { clock: systemClock, onChange: content => listener.onChange(content) }),
  });
  closing.defer(() => controlPlane.close());
  const onRenewed = (): void => {
    sayWhere().catch((reason: unknown) =>
      options.onEvent({ kind: 'note', text: `${API_FILE} is not renewed: ${faultWords(reason)}` }),
    );
  };
  const served = closing.use(await serveControlPlane(controlPlane, { options, secrets, random, onRenewed }));
  const place = (): ApiPlace => placeOf(controlPlane, { api: served.api, options });
  const sayWhere = (): Promise<void> => secrets.write(API_FILE, `${JSON.stringify(place())}\n`);
  await sayWhere();
  closing.defer(() => secrets.remove(API_FILE));
  const running = closing.move();
  return {
    ...{ controlPlane, startProblems },
    listen: { address: options.listen.address, port: served.port },
    apiUrl: place().url,
    tokenPlace: join(options.stateDirectory, API_TOKEN_FILES.operator),
    stop: () => running.disposeAsync(),
  };
}

function placeOf(controlPlane: ControlPlane, { api, options }: { api: ApiListener; options: StartOptions }): ApiPlace {
  const { address, port } = api.at;
  const url = `${api.scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
  if (api.scheme === 'http' || options.apiTls !== undefined) return { url, pid: process.pid };
  const identity = formatSpiffeId(controlPlaneIdentity(controlPlane.trustDomain));
  return { url, pid: process.pid, mesh: { rootsPem: controlPlane.authority.bundle().rootsPem, identity } };
}
