// SPDX-License-Identifier: Apache-2.0
import type { ControlPlaneEvent, ControlPlaneOptions } from './control-plane-options.ts';

/** An IP address and a port; 0 = any. */
export interface SocketPlace {
  readonly address: string;
  readonly port: number;
}

/** Where a control plane listens. */
export interface ServeOptions {
  /** Where proxies connect. */
  readonly listen: SocketPlace;
  readonly api: SocketPlace;
  /** Names by which the API may be asked, besides IP addresses and `localhost`. */
  readonly apiHostNames: readonly string[];
  /** Certificate and key of the API in PEM form; undefined = off loopback the control plane's own certificate. */
  readonly apiTls: { readonly cert: string; readonly key: string } | undefined;
  /** Told what happens, for people; must not throw. */
  readonly onEvent: (event: ControlPlaneEvent) => void;
}

/** What a process `weir control-plane` is started with, wherever its documents come from. */
export interface MeshOptions {
  readonly given?: ControlPlaneOptions['given'];
  /** How Pods prove who they are; absent = this is not in a cluster. */
  readonly accounts?: ControlPlaneOptions['accounts'];
  /** Undefined = as stored, else as the documents say. */
  readonly trustDomain: string | undefined;
  readonly leafLifetimeMs: number | undefined;
}

/** What the process `weir control-plane --config` is started with. */
export interface StartOptions extends MeshOptions, ServeOptions {
  /** Documents; watched. */
  readonly directory: string;
  /** Keys, tokens and what else outlives the process. */
  readonly stateDirectory: string;
  /** IP address that Gateways listen on which name none. */
  readonly bindAddress: string;
  readonly allowsPartial: boolean;
}

/** What the process `weir control-plane --cluster` is started with. */
export interface ClusterStartOptions extends MeshOptions, ServeOptions {
  /** Of this control plane; what it keeps and leads by is there. */
  readonly namespace: string;
  /** Name of this replica among others: of its Pod. */
  readonly replica: string;
  /** Where /livez, /readyz and /metrics are, in plain HTTP. */
  readonly health: SocketPlace;
  /** Where the API server asks about objects. */
  readonly webhook: SocketPlace;
  /** Of the Pods that it makes. */
  readonly image: string;
}
