// SPDX-License-Identifier: Apache-2.0
import type { ControlPlaneEvent, ControlPlaneOptions } from './control-plane-options.ts';

/** An IP address and a port; 0 = any. */
export interface SocketPlace {
  readonly address: string;
  readonly port: number;
}

/** What the process `weir control-plane` is started with. */
export interface StartOptions {
  /** Documents; watched. */
  readonly directory: string;
  /** Keys, tokens and what else outlives the process. */
  readonly stateDirectory: string;
  /** Where proxies connect. */
  readonly listen: SocketPlace;
  readonly api: SocketPlace;
  /** Names by which the API may be asked, besides IP addresses and `localhost`. */
  readonly apiHostNames: readonly string[];
  /** Certificate and key of the API in PEM form; undefined = off loopback the control plane's own certificate. */
  readonly apiTls: { readonly cert: string; readonly key: string } | undefined;
  readonly given?: ControlPlaneOptions['given'];
  /** How Pods prove who they are; absent = this is not in a cluster. */
  readonly accounts?: ControlPlaneOptions['accounts'];
  /** Undefined = as stored, else as the documents say. */
  readonly trustDomain: string | undefined;
  readonly leafLifetimeMs: number | undefined;
  /** IP address that Gateways listen on which name none. */
  readonly bindAddress: string;
  readonly allowsPartial: boolean;
  /** Told what happens, for people; must not throw. */
  readonly onEvent: (event: ControlPlaneEvent) => void;
}
