// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { DEFAULT_TRUST_DOMAIN } from '@weir/identity';
import { z } from 'zod';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { ClusterReads } from './cluster-reads.ts';

const CONFIG_MAP = z.object({ data: z.object({ 'roots.pem': z.string() }) });
const SECRET = z.object({ data: z.record(z.string(), z.string()).default({}) });
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Whom to believe to be the control plane. */
export interface MeshRoots {
  readonly rootsPem: string;
  /** SPIFFE id of the control plane. */
  readonly identity: string;
}

/**
 * The roots of the mesh, of the ConfigMap that the control plane keeps in its namespace, else of the Secret with its keys. Throws
 * CommandFailure where neither can be read.
 */
export async function readMeshRoots(cluster: Pick<ClusterReads, 'read'>, namespace: string): Promise<MeshRoots> {
  const found = CONFIG_MAP.safeParse(await cluster.read(`/api/v1/namespaces/${namespace}/configmaps/weir-roots`));
  const rootsPem = found.success ? found.data.data['roots.pem'] : await rootsOfState(cluster, namespace);
  return { rootsPem, identity: `spiffe://${trustDomainOf(rootsPem)}/ns/weir-system/sa/control-plane` };
}

async function rootsOfState(cluster: Pick<ClusterReads, 'read'>, namespace: string): Promise<string> {
  const found = SECRET.safeParse(await cluster.read(`/api/v1/namespaces/${namespace}/secrets/weir-state`).catch(() => undefined));
  const texts = found.success ? issuersOf(found.data.data) : [];
  const roots = texts.flatMap(text => text.match(CERTIFICATES) ?? []).filter(isRoot);
  if (roots.length > 0) return [...new Set(roots)].join('\n');
  throw new CommandFailure(
    EXIT.unavailable,
    `whom to believe to be the control plane is not known: namespace ${namespace} has no ConfigMap weir-roots yet, and its Secret weir-state cannot be read`,
  );
}

/** Chains with what signs; the webhooks have an authority of their own. */
function issuersOf(data: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(data).flatMap(([name, text]) =>
    name.endsWith('.issuer.pem') ? [Buffer.from(text, 'base64').toString('utf8')] : [],
  );
}

function isRoot(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.checkIssued(certificate);
}

/** Roots that Weir makes say for which trust domain they are; one that was given may not, and then it is the one that nobody has to choose. */
function trustDomainOf(rootsPem: string): string {
  const names = (rootsPem.match(CERTIFICATES) ?? []).map(pem => new X509Certificate(pem).subjectAltName ?? '');
  const found = names.map(name => /URI:spiffe:\/\/([^/,\s]+)/.exec(name)?.[1]).find(name => name !== undefined);
  return found ?? DEFAULT_TRUST_DOMAIN;
}
