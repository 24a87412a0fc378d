// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';
import type { ServicePort } from './service-port.ts';

/** Slices belong to a port of the Service by its name; an unnamed port has the name ''. */
export function findSlicePort({ ports }: DocumentOf<'EndpointSlice'>, port: ServicePort): number | undefined {
  const match = ports?.find(
    candidate => (candidate.name ?? '') === (port.name ?? '') && (candidate.protocol ?? 'TCP') === port.protocol,
  );
  return match?.port ?? undefined;
}
