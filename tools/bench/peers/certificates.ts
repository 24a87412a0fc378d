// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsFiles } from './peer.ts';
import { makeTlsFiles } from './tls-files.ts';

/** The Gateway API allows 64 of either. */
const CERTIFICATES_PER_LISTENER = 50;

/** One of many hosts, each with a key and a certificate of its own. */
export interface CertifiedHost {
  readonly hostname: string;
  readonly tls: TlsFiles;
}

/** A listener's share of the hosts. */
export interface CertifiedListener {
  /** A wildcard that covers them. */
  readonly hostname: string;
  readonly hosts: readonly CertifiedHost[];
}

/** The hostnames of `count` certificates, as clients ask for them. */
export function certifiedHostname(index: number): string {
  return `host-${index}.${groupName(index)}`;
}

/** Makes keys and certificates for `count` hosts; a thousand take some ten seconds. */
export function makeCertificates(directory: string, count: number): readonly CertifiedListener[] {
  const listeners = new Map<string, CertifiedHost[]>();
  for (let index = 0; index < count; index++) {
    const folder = join(directory, 'certificates', String(index));
    mkdirSync(folder, { recursive: true });
    const hostname = certifiedHostname(index);
    const hosts = listeners.get(groupName(index)) ?? [];
    hosts.push({ hostname, tls: makeTlsFiles(folder, hostname) });
    listeners.set(groupName(index), hosts);
  }
  return [...listeners].map(([name, hosts]) => ({ hostname: `*.${name}`, hosts }));
}

function groupName(index: number): string {
  return `group-${Math.floor(index / CERTIFICATES_PER_LISTENER)}.bench.example`;
}
