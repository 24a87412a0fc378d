// SPDX-License-Identifier: Apache-2.0
import type { ExternalAuthorization } from './external-authorization.ts';
import type { ResourceName } from './resource-name.ts';

/** Filters of a rule or backend as compiled from the Gateway API, in the order of the document. */
export type FilterSpec =
  | RequestHeaderModifierSpec
  | ResponseHeaderModifierSpec
  | RequestRedirectSpec
  | UrlRewriteSpec
  | RequestMirrorSpec
  | CorsSpec
  | ExternalAuthSpec;

/** Names lower-case. Applied in the order set, add, remove. */
export interface HeaderChanges {
  readonly set: readonly HeaderValue[];
  readonly add: readonly HeaderValue[];
  readonly remove: readonly string[];
}

export interface HeaderValue {
  readonly name: string;
  readonly value: string;
}

export interface RequestHeaderModifierSpec extends HeaderChanges {
  readonly kind: 'requestHeaderModifier';
}

export interface ResponseHeaderModifierSpec extends HeaderChanges {
  readonly kind: 'responseHeaderModifier';
}

/** `replaceFull`: the whole path; `replacePrefix`: what the rule's prefix match covered. */
export interface PathChange {
  readonly kind: 'replaceFull' | 'replacePrefix';
  readonly value: string;
}

export interface RequestRedirectSpec {
  readonly kind: 'requestRedirect';
  readonly scheme: 'http' | 'https' | undefined;
  readonly hostname: string | undefined;
  readonly path: PathChange | undefined;
  /** Undefined: the scheme's default where `scheme` is set, else the listener's port. */
  readonly port: number | undefined;
  readonly statusCode: 301 | 302 | 303 | 307 | 308;
}

export interface UrlRewriteSpec {
  readonly kind: 'urlRewrite';
  readonly hostname: string | undefined;
  readonly path: PathChange | undefined;
}

export interface RequestMirrorSpec {
  readonly kind: 'requestMirror';
  /** Undefined = the reference is broken: nothing is mirrored, the request goes on. */
  readonly backend: ResourceName | undefined;
  /** Access chain of the Service that gets the copies; undefined = no policy asks anything. Copies that it does not admit are not sent. */
  readonly access: ResourceName | undefined;
  /** Share of the requests, `numerator / denominator`. */
  readonly numerator: number;
  readonly denominator: number;
}

export interface CorsSpec {
  readonly kind: 'cors';
  /** `*`, `https://shop.example`, `https://*.shop.example`. */
  readonly allowOrigins: readonly string[];
  readonly allowCredentials: boolean;
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number;
}

/** GEP-1494. */
export interface ExternalAuthSpec {
  readonly kind: 'externalAuth';
  readonly authorization: ExternalAuthorization;
}
