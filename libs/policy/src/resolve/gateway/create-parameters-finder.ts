// SPDX-License-Identifier: Apache-2.0
import type { Document } from '../../documents/index.ts';
import { documentOf } from '../inventory/document-of.ts';
import type { GatewayDocument } from '../inventory/document-of.ts';
import { findGatewayParameters } from './find-gateway-parameters.ts';
import type { FoundParameters, ParametersLookup } from './find-gateway-parameters.ts';
import type { GatewayParameters } from './gateway-parameters.ts';

/** How the proxies of a Gateway are to be run. */
export interface SaidParameters {
  /** The Gateway's own over those of its class. */
  readonly parameters: GatewayParameters;
  /** Why some of them are not known, so that the Gateway is to be left as it is; undefined = all are. */
  readonly held: string | undefined;
}

/** Finds them in the documents of a cluster, for as long as these stay as they are. */
export function createParametersFinder(documents: ReadonlyMap<string, Document>): (gateway: GatewayDocument) => SaidParameters {
  const lookup: ParametersLookup = {
    get: (kind, namespace, name) => documentOf(kind, documents.get(`${kind}/${namespace}/${name}`)),
    // Only hints are made from it, which the statuses have.
    namesIn: () => new Set(),
  };
  const classes = new Map<string, FoundParameters | undefined>();
  const ofClass = (name: string): FoundParameters | undefined => {
    if (!classes.has(name)) {
      const document = lookup.get('GatewayClass', '', name);
      classes.set(name, document && findGatewayParameters(document, lookup));
    }
    return classes.get(name);
  };
  return gateway => {
    const { gatewayClassName } = gateway.spec;
    const [shared, own] = [ofClass(gatewayClassName), findGatewayParameters(gateway, lookup)];
    const refusal =
      shared?.invalid === undefined ? undefined : `GatewayClass \`${gatewayClassName}\` is not accepted: ${shared.invalid}`;
    return { parameters: { ...shared?.parameters, ...own.parameters }, held: refusal ?? own.invalid };
  };
}
