// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { prepareConfiguration } from './configuration.ts';
import type { Configuration } from './configuration.ts';
import { isPortFree } from './port-owner.ts';
import { renderScreen } from './screen.ts';
import type { Service, Settings } from './settings.ts';
import { describeTakenPorts } from './taken-ports.ts';
import { ShopProcess, waitUntil, waitUntilAnswers, waitUntilListens } from './shop-process.ts';
import { startTraffic } from './traffic.ts';

const SOURCE_DIRECTORY = fileURLToPath(new URL('../config', import.meta.url));
const SERVICES_DIRECTORY = new URL('../services/', import.meta.url);
const WEIR = fileURLToPath(new URL('../../../apps/cli/bin/weir.mjs', import.meta.url));
const SERVICE_START_MS = 15_000;
const GATEWAY_START_MS = 30_000;
const GATEWAY_WORDS_MS = 1_000;
const SERVICE_GRACE_MS = 3_000;
/** More than the gateway gives its own connections to end, and then those of its sidecars. */
const GATEWAY_GRACE_MS = 8_000;
/** WebSockets and gRPC streams last until then, and somebody waits at the keyboard. */
const DRAIN_DEADLINE = '1s';

/** Says why the shop could not open, for the person in front of it. */
export class ShopError extends Error {
  override readonly name = 'ShopError';
}

/** All processes of the shop, from the first check to the last end. */
export class Shop {
  private readonly settings: Settings;
  private readonly print: (text: string) => void;
  private readonly onDeath: (what: string) => void;
  private readonly processes: ShopProcess[] = [];
  private gateway: ShopProcess | undefined;
  /** Under way from the moment that its copy may lie on disk. */
  private configuration: Promise<Configuration> | undefined;
  private stopTraffic: () => void = () => undefined;
  /** What the gateway says while it starts; shown if it does not. */
  private gatewayWords = '';
  private isOpen = false;
  private isClosing = false;

  constructor(settings: Settings, print: (text: string) => void, onDeath: (what: string) => void) {
    this.settings = settings;
    this.print = print;
    this.onDeath = onDeath;
  }

  /** Opens the shop; throws a ShopError where something is in the way. */
  async open(): Promise<void> {
    await this.assertPortsFree();
    this.print(`starting ${this.settings.services.length} services …\n`);
    await Promise.all(this.settings.services.map(service => this.startService(service)));
    this.print('starting the gateway …\n');
    this.configuration = prepareConfiguration(SOURCE_DIRECTORY, this.settings.movedPorts);
    const configuration = await this.configuration;
    if (this.isClosing) return;
    await this.startGateway(configuration);
    this.isOpen = true;
    this.print(renderScreen(this.settings, configuration));
    if (this.settings.hasTraffic) {
      this.stopTraffic = startTraffic(`http://127.0.0.1:${this.settings.gatewayPort}`, line => this.print(`${line}\n`));
    }
  }

  /** Ends the gateway first, so that nothing is sent to services that are gone. Idempotent. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.stopTraffic();
    await this.gateway?.stop(GATEWAY_GRACE_MS);
    await Promise.all(this.processes.map(each => each.stop(SERVICE_GRACE_MS)));
    // What went wrong with it, `open` has told.
    const configuration = await this.configuration?.catch(() => undefined);
    await configuration?.remove();
  }

  /** Ends everything at once. */
  kill(): void {
    this.gateway?.kill();
    for (const each of this.processes) each.kill();
  }

  private async assertPortsFree(): Promise<void> {
    const { portBase, services, sidecarPlaces, gatewayPort, gatewayTlsPort, ledgerPort, metricsPort } = this.settings;
    const wanted = [
      { name: 'gateway', port: gatewayPort, choice: `SHOP_GATEWAY_PORT=${gatewayPort + 100}` },
      { name: 'gateway, TLS', port: gatewayTlsPort, choice: `SHOP_GATEWAY_TLS_PORT=${gatewayTlsPort + 100}` },
      { name: 'gateway, ledger', port: ledgerPort, choice: `SHOP_LEDGER_PORT=${ledgerPort + 100}` },
      { name: 'gateway, metrics', port: metricsPort, choice: `SHOP_METRICS_PORT=${metricsPort + 100}` },
      ...[...services, ...sidecarPlaces].map(({ name, port }) => ({ name, port, choice: `SHOP_PORT_BASE=${portBase + 100}` })),
    ];
    const taken: typeof wanted = [];
    for (const each of wanted) {
      if (!(await isPortFree(each.port))) taken.push(each);
    }
    if (taken.length === 0) return;
    const lines = await describeTakenPorts(taken);
    const choices = [...new Set(taken.map(({ choice }) => choice))].join(' ');
    throw new ShopError(
      `the shop cannot open:\n${lines.map(line => `  ${line}`).join('\n')}\nend that process (another npm start?), or choose other ports:\n  ${choices} npm start`,
    );
  }

  private async startService({ name, port, program, args, env }: Service): Promise<void> {
    const service = new ShopProcess({
      name,
      args: [fileURLToPath(new URL(program, SERVICES_DIRECTORY)), String(port), ...args],
      env: { ...process.env, ...env },
      onError: text => this.print(`${name}: ${text}`),
      onDeath: reason => this.hearDeath(`${name} ended by itself (${reason})`),
    });
    this.processes.push(service);
    if (await waitUntilListens(port, service, SERVICE_START_MS)) return;
    throw new ShopError(`${name} did not start on port ${port}`);
  }

  private async startGateway({ directory }: Configuration): Promise<void> {
    const { metricsPort, hasAccessLog } = this.settings;
    const accessLog = hasAccessLog ? 'human' : 'off';
    const flags = ['--metrics-address', `127.0.0.1:${metricsPort}`, '--access-log', accessLog];
    this.gateway = new ShopProcess({
      name: 'gateway',
      args: [WEIR, 'up', directory, ...flags, '--drain-delay', '0s', '--drain-deadline', DRAIN_DEADLINE, '--end-with-input'],
      onOutput: text => this.print(text),
      onError: text => this.hearGateway(text),
      onDeath: reason => this.hearDeath(`the gateway ended by itself (${reason})`),
    });
    const isReady = await waitUntilAnswers(`http://127.0.0.1:${metricsPort}/readyz`, this.gateway, GATEWAY_START_MS);
    if (!isReady) throw new ShopError(`the gateway did not start:\n${this.gatewayWords}`);
    // Its start screen follows readiness at once, and has what is wrong with the files. Ours is to be the last.
    await waitUntil(() => this.gatewayWords !== '', GATEWAY_WORDS_MS);
    this.print(this.gatewayWords);
  }

  /** Before the shop is open, whoever waits for the process notices, and knows more to say. */
  private hearDeath(what: string): void {
    if (this.isOpen) this.onDeath(what);
  }

  /** What it says while it starts is shown in one piece: before the shop's own screen, or as the reason why there is none. */
  private hearGateway(text: string): void {
    if (this.isOpen) this.print(text);
    else this.gatewayWords += text;
  }
}
