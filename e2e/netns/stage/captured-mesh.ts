// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Resource } from '@weir/policy/snapshot';
import { createTestAuthority, openNetwork } from '@weir/testing';
import type { Child, CommandResult, Host, Network, TestAuthority } from '@weir/testing';
import { compileMesh, SERVICE_RANGES } from './mesh-documents.ts';
import type { MeshedHost } from './mesh-documents.ts';

const WEIR = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));
const SIDECAR = fileURLToPath(new URL('../../../apps/sidecar/src/scripted-sidecar.ts', import.meta.url));
const APPLICATION = fileURLToPath(new URL('every-protocol-app.ts', import.meta.url));

const SIDECAR_USER = 15_177;
const APPLICATION_USER = 1_234;

/** `client` and `server` take plaintext, `vault` does not; `guarded` calls registered destinations only; `outsider` has no sidecar. */
const NAMES = ['client', 'guarded', 'server', 'vault', 'outsider'] as const;
export type Name = (typeof NAMES)[number];
type Meshed = Exclude<Name, 'outsider'>;
const MESHED: readonly Meshed[] = ['client', 'guarded', 'server', 'vault'];

/** One line of a sidecar's access log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Five machines; on four of them a sidecar to which the kernel redirects, and on all of them an application that knows of nothing. */
export class CapturedMesh implements AsyncDisposable {
  readonly net: Network<Name>;
  private readonly directory: string;
  private readonly sidecars: Partial<Record<Meshed, Child>> = {};

  private constructor(net: Network<Name>, directory: string) {
    this.net = net;
    this.directory = directory;
  }

  static async open(): Promise<CapturedMesh> {
    const directory = await mkdtemp(join(tmpdir(), 'weir-captured-'));
    const mesh = new CapturedMesh(await openNetwork({ hosts: NAMES }), directory);
    try {
      await mesh.start(await createTestAuthority('weir test mesh'));
      return mesh;
    } catch (error) {
      await mesh[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts all applications, and then the sidecars. */
  async start(authority: TestAuthority): Promise<void> {
    await Promise.all(NAMES.map(name => this.startApplication(name, authority)));
    await Promise.all(MESHED.map(name => this.startSidecar(name, authority)));
  }

  host(name: Name): Host {
    return this.net.hosts[name];
  }

  /** What a program of a host's application user prints. */
  run(name: Name, ...command: readonly [string, ...string[]]): Promise<CommandResult> {
    return this.host(name).exec(command, { userId: APPLICATION_USER });
  }

  /** What curl gets; '' = nothing. */
  async curl(name: Name, url: string, ...options: readonly string[]): Promise<string> {
    const { stdout } = await this.run(name, 'curl', '--silent', '--insecure', '--max-time', '10', ...options, url);
    return stdout;
  }

  /** The first line of a server that speaks first; '' = none. */
  async hear(name: Name, { address, port }: { readonly address: string; readonly port: number }): Promise<string> {
    const { stdout } = await this.run(name, 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port} && timeout 5 head -n 1 <&3`);
    return stdout.trim();
  }

  /** The access log of a sidecar since it was read last. */
  logOf(name: Meshed): readonly LogLine[] {
    const sidecar = this.sidecars[name];
    if (sidecar === undefined) return [];
    const lines = sidecar.stdout.split('\n').filter(line => line !== '');
    return lines.map(line => JSON.parse(line) as LogLine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.net[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async startApplication(name: Name, authority: TestAuthority): Promise<void> {
    const { certificatePem, keyPem } = await authority.issue(`${name}.example`);
    const [certificate, key] = [join(this.directory, `${name}.pem`), join(this.directory, `${name}.key`)];
    await Promise.all([writeFile(certificate, certificatePem), writeFile(key, keyPem)]);
    const application = this.host(name).run([process.execPath, APPLICATION, certificate, key], { userId: APPLICATION_USER });
    await application.sees(/ready/);
  }

  private async startSidecar(name: Meshed, authority: TestAuthority): Promise<void> {
    const host = this.host(name);
    const { address, address6 } = host;
    const identity = `shop/${name}`;
    const { certificatePem: chainPem, keyPem } = await authority.issue(`spiffe://weir.test/ns/shop/sa/${name}`);
    const certificate = { chainPem, keyPem, notAfterMs: Date.now() + 3_600_000 };
    const credentials = { certificate, authoritiesPem: authority.certificatePem };
    const all = this.resources(name === 'guarded' ? 'Registered' : 'Allow');
    // As a control plane sends them: of workloads each its own.
    const resources = all.filter(resource => resource.kind !== 'workload' || resource.identity === identity);
    const outsider = this.host('outsider');
    const workloads = Object.fromEntries<unknown>([
      ...all.flatMap(resource => (resource.kind === 'workload' ? [[resource.address, resource] as [string, unknown]] : [])),
      [outsider.address, 'outside'],
    ]);
    const file = join(this.directory, `${name}.json`);
    await writeFile(file, JSON.stringify({ identity, addresses: [address, address6], credentials, resources, workloads }));
    await host.exec(['ip', 'route', 'add', SERVICE_RANGES.ipv4, 'dev', 'eth0']);
    await host.exec(['ip', '-6', 'route', 'add', SERVICE_RANGES.ipv6, 'dev', 'eth0']);
    const sidecar = host.run([process.execPath, SIDECAR, file], { userId: SIDECAR_USER });
    this.sidecars[name] = sidecar;
    await sidecar.sees(/ready/);
    const { code, stderr } = await host.exec([process.execPath, WEIR, 'intercept']);
    if (code !== 0) throw new Error(stderr);
  }

  private resources(unknownDestinations: 'Allow' | 'Registered'): readonly Resource[] {
    const hosts = MESHED.map((name, index): MeshedHost => {
      const { address, address6 } = this.host(name);
      return { name, number: index + 1, address, address6, mode: name === 'vault' ? 'Strict' : 'Permissive' };
    });
    const { address, address6 } = this.host('server');
    // The outsider is not among them, and the server is, though no Service has all of its ports.
    const ranges = [`${address}/32`, `${this.host('vault').address}/32`, `${address6}/128`].join(', ');
    return compileMesh(hosts, { unknownDestinations, ranges });
  }
}

/** The last number of the addresses of a host's Service. */
export function serviceNumber(name: Meshed): number {
  return MESHED.indexOf(name) + 1;
}
