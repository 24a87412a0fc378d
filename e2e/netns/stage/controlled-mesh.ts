// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestAuthority, openNetwork, waitFor } from '@weir/testing';
import type { Child, CommandResult, Host, Network } from '@weir/testing';
import { MeshLoad } from './mesh-load.ts';
import { otherClock } from './other-clock.ts';
import { meshObjects, modeObject, SERVICE_RANGES, serviceAddresses } from './mesh-documents.ts';
import type { MeshedHost, MeshObject } from './mesh-documents.ts';

const WEIR = [process.execPath, fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))] as const;
const APPLICATION = fileURLToPath(new URL('every-protocol-app.ts', import.meta.url));
const STREAM = fileURLToPath(new URL('open-stream.ts', import.meta.url));
const SPLIT = fileURLToPath(new URL('split-hello.ts', import.meta.url));
const SIDECAR_USER = 15_177;
const APPLICATION_USER = 1_234;
/** A machine of two cores starts several processes at a time. */
const START_TIMEOUT_MS = 40_000;

/** `one` and `two` serve the Service `api`, `client` calls it, unless said; `plane` has the control plane. */
const NAMES = ['plane', 'client', 'one', 'two', 'outsider'] as const;
export type Name = (typeof NAMES)[number];
export type Workload = Exclude<Name, 'plane'>;

/** Which Service a workload serves, by whose name it has its identity: `NAMESPACE/NAME`. */
export type ServedServices = Readonly<Record<Workload, string>>;

const SERVICES: ServedServices = { client: 'shop/client', one: 'shop/api', two: 'shop/api', outsider: 'shop/outsider' };

export interface ControlledMeshOptions {
  /** Who has a sidecar; the others are not started at all. */
  readonly workloads: readonly Workload[];
  readonly services?: ServedServices;
  readonly mode?: MeshedHost['mode'];
  /** Flags of `weir control-plane`. */
  readonly controlPlane?: readonly string[];
  /** Written beside those of the mesh. */
  readonly objects?: readonly MeshObject[];
  /** Hosts on which Weir has another time of day, by how much (`+30s`); needs faketime. */
  readonly clocks?: Readonly<Partial<Record<Name, string>>>;
}

/** How often which status was heard, and how many bytes the message has. */
export type SplitAnswers = Readonly<Record<string, number>> & { readonly helloBytes: number };

/** A mesh with a control plane of its own on machines of their own: applications that know of nothing, sidecars to which the kernel redirects. */
export class ControlledMesh implements AsyncDisposable {
  readonly net: Network<Name>;
  private readonly directory: string;
  private readonly options: ControlledMeshOptions;
  private readonly services: ServedServices;
  private readonly sidecars: Partial<Record<Workload, Child>> = {};
  private plane: Child | undefined;

  private constructor(net: Network<Name>, directory: string, options: ControlledMeshOptions) {
    this.net = net;
    this.directory = directory;
    this.options = options;
    this.services = options.services ?? SERVICES;
  }

  static async open(options: ControlledMeshOptions): Promise<ControlledMesh> {
    const directory = await mkdtemp(join(tmpdir(), 'weir-controlled-'));
    await chmod(directory, 0o755);
    const mesh = new ControlledMesh(await openNetwork({ hosts: NAMES }), directory, options);
    try {
      await mesh.start();
      return mesh;
    } catch (error) {
      await mesh[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts everything, and waits until all sidecars serve. */
  async start(): Promise<void> {
    const { workloads, objects = [] } = this.options;
    await mkdir(this.path('config'));
    const documents = [...this.documents(), ...objects];
    await Promise.all(documents.map(document => this.write(document)));
    const started = this.startControlPlane();
    await Promise.all(NAMES.filter(name => name !== 'plane').map(name => this.startApplication(name)));
    await started;
    await Promise.all(workloads.map(name => this.join(name)));
    await Promise.all(workloads.map(name => this.isReady(name)));
  }

  host(name: Name): Host {
    return this.net.hosts[name];
  }

  /** Of a Service, such as `api` of namespace `shop`; nobody has it. */
  addressOf(service: string): string {
    return serviceAddresses({ number: this.numberOf(service.includes('/') ? service : `shop/${service}`) }).ipv4;
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

  /** The status of the Service's answer to a call of the client. */
  status(): Promise<string> {
    return this.curl('client', `http://${this.addressOf('api')}/`, '--output', '/dev/null', '--write-out', '%{http_code}');
  }

  /** Steady load of the client on the Service. */
  load(): Promise<MeshLoad> {
    return MeshLoad.start(this.host('client'), { address: this.addressOf('api'), port: 80, userId: APPLICATION_USER });
  }

  /** One connection of the client to the Service, which lasts; resolves when it is carried. */
  async stream(): Promise<Child> {
    const command = [process.execPath, STREAM, this.addressOf('api'), '7000'] as const;
    const stream = this.host('client').run(command, { userId: APPLICATION_USER });
    await stream.sees(/ready/);
    return stream;
  }

  /** The first line of a server that speaks first; '' = none. */
  async hear(name: Name, { address, port }: { readonly address: string; readonly port: number }): Promise<string> {
    const { stdout } = await this.run(name, 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port} && timeout 5 head -n 1 <&3`);
    return stdout.trim();
  }

  /** What is answered at a port of `one`, past any sidecar, where the ClientHello is split at each of its bytes; `as`: with whose certificate. */
  async splitHello(from: Name, { port, as }: { readonly port: number; readonly as?: Workload }): Promise<SplitAnswers> {
    const material = as === undefined ? [] : [await this.writeMaterial(as)];
    const { stdout, stderr } = await this.run(from, process.execPath, SPLIT, this.host('one').address, String(port), ...material);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as SplitAnswers;
  }

  /** A command of the command line, on the machine of the control plane. */
  weir(...command: readonly [string, ...string[]]): Promise<CommandResult> {
    return this.host('plane').exec([...this.weirOn('plane'), ...command, '--state', this.path('state')]);
  }

  /** Writes a document in place of what its object was before; the control plane sees it when it is there. */
  async write(object: MeshObject): Promise<void> {
    const { kind, metadata } = object;
    await writeFile(this.path('config', `${kind}-${metadata.name}.json`), JSON.stringify(object));
  }

  /** Changes what the Service takes; the control plane sees it when it is there. */
  setMode(mode: MeshedHost['mode']): Promise<void> {
    return this.write(modeObject({ name: 'api' }, mode));
  }

  /** Starts the control plane with what it had before, and waits until proxies can connect. */
  async startControlPlane(): Promise<Child> {
    const { address } = this.host('plane');
    const places = ['--listen', `${address}:15010`, '--api', '127.0.0.1:15011'];
    const where = ['--config', this.path('config'), '--state', this.path('state'), '--trust-domain', 'weir.test'];
    const command = [
      ...this.weirOn('plane'),
      'control-plane',
      ...where,
      ...places,
      ...(this.options.controlPlane ?? []),
    ] as const;
    this.plane = this.host('plane').run(command);
    await this.plane.sees(/proxies connect here/, START_TIMEOUT_MS);
    return this.plane;
  }

  /** As a machine does that loses its power. */
  async killControlPlane(): Promise<void> {
    await this.plane?.stop('SIGKILL');
  }

  /** Starts a sidecar; one that has joined before needs nobody's permission. Resolves at once. */
  startSidecar(name: Workload): Child {
    const own = ['--identity', this.services[name], '--capture', this.host(name).address, '--trust-domain', 'weir.test'];
    const plane = ['--control-plane', `${this.host('plane').address}:15010`, '--join-file', this.path(`${name}.join`)];
    const rest = ['--state', this.path(name, 'state'), '--metrics-address', '127.0.0.1:15090', '--access-log', 'json'];
    const sidecar = this.host(name).run([...this.weirOn(name), 'sidecar', ...own, ...plane, ...rest], {
      userId: SIDECAR_USER,
      env: { XDG_RUNTIME_DIR: this.path(name) },
    });
    this.sidecars[name] = sidecar;
    return sidecar;
  }

  /** Writes a join token where the sidecar looks for one. */
  async permit(name: Workload): Promise<void> {
    const who = ['--identity', this.services[name], '--address', this.host(name).address];
    const { code, stdout, stderr } = await this.weir('token', ...who);
    if (code !== 0) throw new Error(stderr);
    await writeFile(this.path(`${name}.join`), stdout);
  }

  sidecar(name: Workload): Child {
    const sidecar = this.sidecars[name];
    if (sidecar === undefined) throw new Error(`${name} has no sidecar`);
    return sidecar;
  }

  /** What it says of its readiness. */
  async readiness(name: Workload): Promise<string> {
    const { stdout } = await this.host(name).exec(['curl', '-s', '-m', '2', 'http://127.0.0.1:15090/readyz']);
    return stdout.trim();
  }

  async isReady(name: Workload): Promise<void> {
    let said = '';
    const isReady = async (): Promise<boolean> => (said = await this.readiness(name)).startsWith('ok');
    const what = (): string => `the sidecar of ${name} (${said})\n${this.sidecar(name).output}`;
    await waitFor(isReady, { what, timeoutMs: START_TIMEOUT_MS });
  }

  /** What a sidecar would run after a restart, as its file has it. */
  accepted(name: Workload): Promise<string> {
    return readFile(this.path(name, 'state', 'accepted'), 'utf8');
  }

  /** When the certificate ends that a sidecar holds, in milliseconds since the Unix epoch. */
  async certificateEndMs(name: Workload): Promise<number> {
    const { chainPem } = JSON.parse(await readFile(this.path(name, 'state', 'identity', 'leaf.json'), 'utf8')) as {
      readonly chainPem: string;
    };
    return new X509Certificate(chainPem).validToDate.getTime();
  }

  /** The access log of a sidecar. */
  logOf(name: Workload): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.sidecar(name).stdout.split('\n');
    return lines.slice(0, -1).map(line => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.net[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }

  private documents(): readonly MeshObject[] {
    const { workloads, mode = 'Strict' } = this.options;
    const hosts = workloads.map((workload): MeshedHost => {
      const { address } = this.host(workload);
      const served = this.services[workload];
      const [namespace = '', name = ''] = served.split('/');
      return { name, namespace, number: this.numberOf(served), address, mode };
    });
    return meshObjects(hosts, { unknownDestinations: 'Allow', ranges: `${this.host('one').address}/32` });
  }

  private async startApplication(name: Name): Promise<void> {
    const { certificatePem, keyPem } = await (await createTestAuthority('applications')).issue(`${name}.example`);
    const [certificate, key] = [this.path(`${name}.pem`), this.path(`${name}.key`)];
    await Promise.all([writeFile(certificate, certificatePem), writeFile(key, keyPem)]);
    const command = [process.execPath, APPLICATION, certificate, key, name] as const;
    await this.host(name).run(command, { userId: APPLICATION_USER }).sees(/ready/);
  }

  private async join(name: Workload): Promise<void> {
    const host = this.host(name);
    await this.permit(name);
    await mkdir(this.path(name));
    await chmod(this.path(name), 0o777);
    await host.exec(['ip', 'route', 'add', SERVICE_RANGES.ipv4, 'dev', 'eth0']);
    const intercepted = await host.exec([...WEIR, 'intercept']);
    if (intercepted.code !== 0) throw new Error(intercepted.stderr);
    this.startSidecar(name);
  }

  /** The last number of a Service's address. */
  private numberOf(service: string): number {
    return [...new Set(Object.values(this.services))].indexOf(service) + 1;
  }

  /** What a caller shows that has the certificate of a workload. */
  private async writeMaterial(name: Workload): Promise<string> {
    const { chainPem, keyPem, bundle } = JSON.parse(
      await readFile(this.path(name, 'state', 'identity', 'leaf.json'), 'utf8'),
    ) as {
      readonly chainPem: string;
      readonly keyPem: string;
      readonly bundle: { readonly rootsPem: string };
    };
    const file = this.path(`${name}-material.json`);
    const material = { cert: chainPem, key: keyPem, ca: bundle.rootsPem, servername: '8080.api.shop.weir' };
    await writeFile(file, JSON.stringify(material));
    return file;
  }

  /** The command line, by the clock of a host. */
  private weirOn(name: Name): readonly [string, ...string[]] {
    const offset = this.options.clocks?.[name];
    return offset === undefined ? WEIR : ['env', ...otherClock(offset), ...WEIR];
  }

  private path(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }
}
