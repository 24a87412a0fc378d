// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { createSigningRequest, parseJoinText, peerCheck } from '@weir/identity';
import { IdentityService } from '@weir/sync/messages';
import { type ControlPlanePlaces, issueJoinText } from './start-control-plane.ts';
import type { LeafFiles } from './fleet-messages.ts';
import { plannedProxy, proxiesByIdentity } from './fleet-plan.ts';

const CONTROL_PLANE = { trustDomain: 'weir.local', namespace: 'weir-system', name: 'control-plane' };
/** Identities that join at a time. */
const CONCURRENCY = 4;

export interface JoinedFleet {
  readonly rootsPem: string;
  readonly leaves: readonly LeafFiles[];
}

/**
 * Certifies every proxy through the control plane: the first of each identity by a join token for the addresses of all of them, the others
 * by the certificate of the first, with keys of their own.
 */
export async function joinFleet(places: ControlPlanePlaces, proxyCount: number): Promise<JoinedFleet> {
  const queue = [...proxiesByIdentity(proxyCount)].values();
  const leaves: LeafFiles[] = [];
  let rootsPem = '';
  const work = async (): Promise<void> => {
    for (const [identity, proxies] of queue) {
      const addresses = proxies.map(proxy => plannedProxy(proxy).address);
      const joinText = await issueJoinText(places, { identity, addresses });
      rootsPem = rootsPem === '' ? await rootOf(places.port, joinText) : rootsPem;
      leaves.push(...(await joinIdentity(places.port, { joinText, rootsPem, proxies })));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return { rootsPem, leaves };
}

interface Joining {
  readonly joinText: string;
  readonly rootsPem: string;
  readonly proxies: readonly number[];
}

async function joinIdentity(port: number, { joinText, rootsPem, proxies }: Joining): Promise<readonly LeafFiles[]> {
  const parsed = parseJoinText(joinText);
  if (!parsed.isValid) throw new Error(parsed.reason);
  const [first = 0, ...others] = proxies;
  const key = createKey();
  await using joining = openCertifier(port, { ca: rootsPem });
  const chainPem = await joining.certify(key.requestPem, parsed.value.token);
  const leaves: LeafFiles[] = [{ proxy: first, chainPem, keyPem: key.keyPem }];
  await using renewing = openCertifier(port, { ca: rootsPem, cert: chainPem, key: key.keyPem });
  for (const proxy of others) {
    const { requestPem, keyPem } = createKey();
    leaves.push({ proxy, chainPem: await renewing.certify(requestPem, undefined), keyPem });
  }
  return leaves;
}

interface Certifier extends AsyncDisposable {
  certify(requestPem: string, token: string | undefined): Promise<string>;
}

function openCertifier(port: number, tls: { readonly ca: string; readonly cert?: string; readonly key?: string }): Certifier {
  const url = `https://127.0.0.1:${port}`;
  const checkServerIdentity = peerCheck({ trustDomain: CONTROL_PLANE.trustDomain, expected: CONTROL_PLANE });
  const options = { ...tls, checkServerIdentity, servername: 'control-plane.weir', minVersion: 'TLSv1.3' } as const;
  const sessionManager = new Http2SessionManager(url, {}, options);
  const client = createClient(IdentityService, createGrpcTransport({ baseUrl: url, sessionManager }));
  return {
    async certify(csrPem, token) {
      const proof = token === undefined ? ({ case: undefined } as const) : ({ case: 'joinToken', value: token } as const);
      const { chainPem } = await client.certify({ proof, csrPem, addresses: [] });
      return chainPem;
    },
    [Symbol.asyncDispose]() {
      sessionManager.abort();
      return Promise.resolve();
    },
  };
}

function createKey(): { readonly requestPem: string; readonly keyPem: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    requestPem: createSigningRequest(privateKey),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

/** The root that the join text names, as the control plane shows it. */
async function rootOf(port: number, joinText: string): Promise<string> {
  const parsed = parseJoinText(joinText);
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1.3', ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  let certificate = socket.getPeerX509Certificate();
  socket.destroy();
  while (certificate !== undefined) {
    const found = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    if (parsed.isValid && found === parsed.value.root) return certificate.toString();
    certificate = certificate.issuerCertificate;
  }
  throw new Error('the control plane does not show the root that its join texts name');
}
