// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '../api/cluster-api.ts';
import type { ClusterObject } from '../api/cluster-api.ts';
import { fieldsOf } from '../status/plain-fields.ts';
import { GATEWAYS, SERVICE_ACCOUNTS } from '../write/builtin-resources.ts';
import type { ObjectPlace, ObjectWriter, WrittenObject } from '../write/object-writer.ts';
import type { GatewayHindrance } from './gateway-facts.ts';
import { gatewayObject, gatewayObjectPlaces } from './gateway-objects.ts';
import type { GatewayPlan, GatewaySettings } from './gateway-plan.ts';
import { claimAgainst } from './object-owner.ts';

export interface GatewayToApply {
  readonly plan: GatewayPlan;
  readonly settings: GatewaySettings;
}

export interface AppliedGateway {
  /** What is now where something was applied. */
  readonly objects: readonly ClusterObject[];
  /** Why some of it cannot be. */
  readonly hindrance: GatewayHindrance | undefined;
}

type Writer = Pick<ObjectWriter, 'apply' | 'get' | 'remove'>;

/**
 * Makes what a Gateway needs, changes what differs, and removes what it needs no more. Writes over nothing of others: an object of that name
 * that is not Weir's, or another Gateway's, is a hindrance. Throws where the API server cannot be reached or refuses for another reason.
 */
export async function applyGateway(
  { plan, settings }: GatewayToApply,
  writer: Writer,
  signal: AbortSignal,
): Promise<AppliedGateway> {
  const { namespace, name, objectName } = plan;
  const gateway = await writer.get({ resource: GATEWAYS, namespace, name }, signal);
  // It is being removed, or is another one by now; what follows from that is on its way.
  if (gateway === undefined || isOther(gateway, plan)) return { objects: [], hindrance: undefined };
  const { uid = '' } = gateway.metadata;
  const objects: ClusterObject[] = [];
  let hindrance: GatewayHindrance | undefined;
  for (const place of gatewayObjectPlaces(namespace, objectName)) {
    const found = await writer.get(place, signal);
    // What runs is kept as it should be all the same, such as of the newest image; nothing is begun that cannot become whole.
    if (hindrance !== undefined && found === undefined) continue;
    // Right before it is written: whoever scales a Deployment must not be set back by what was there a while ago.
    const object = gatewayObject(place.resource, plan, { settings, uid, found });
    const words = await seeTo({ place, object, found, objects, plan }, writer, signal);
    if (words === undefined) continue;
    hindrance ??= hindranceOf({ place, object }, words, plan);
    // No pod is to run as somebody else.
    if (place.resource === SERVICE_ACCOUNTS) break;
  }
  return { objects, hindrance };
}

/** Answers what hinders it. */
async function seeTo(
  { place, object, found, objects, plan }: ToSeeTo,
  writer: Writer,
  signal: AbortSignal,
): Promise<string | undefined> {
  const claim = found === undefined ? undefined : claimAgainst(found, plan);
  if (object === undefined) {
    if (found !== undefined && claim === undefined) await writer.remove(place, signal);
    return undefined;
  }
  if (claim !== undefined) return claim;
  try {
    objects.push(await applyObject({ place, object, found }, writer, signal));
    return undefined;
  } catch (reason) {
    // The Gateway itself is removed in a moment.
    if (reason instanceof ApiError && reason.isInEndingNamespace) return undefined;
    if (reason instanceof ApiError && REFUSALS.has(reason.status)) return `cannot be made: ${reason.message}`;
    throw reason;
  }
}

interface PlannedObject {
  readonly place: ObjectPlace;
  /** Undefined = it is to go, if it is there. */
  readonly object: WrittenObject | undefined;
}

interface ToSeeTo extends PlannedObject {
  readonly found: ClusterObject | undefined;
  readonly plan: GatewayPlan;
  /** What was applied goes there. */
  readonly objects: ClusterObject[];
}

/** What the API server will answer again, until something is changed. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 422]);

function hindranceOf({ place, object }: PlannedObject, words: string, { addresses }: GatewayPlan): GatewayHindrance {
  const isAddress = object?.kind === 'Service' && addresses.length > 0 && words.startsWith('cannot');
  return { reason: isAddress ? 'AddressNotUsable' : 'Invalid', message: `${wordsOf(place)} ${words}` };
}

function isOther({ metadata, spec }: ClusterObject, { className }: GatewayPlan): boolean {
  return metadata.deletionTimestamp !== undefined || fieldsOf(spec)['gatewayClassName'] !== className;
}

interface Applied {
  readonly place: ObjectPlace;
  readonly object: WrittenObject;
  readonly found: ClusterObject | undefined;
}

async function applyObject({ place, object, found }: Applied, writer: Writer, signal: AbortSignal): Promise<ClusterObject> {
  // A Service never gets another address: it is made anew.
  if (found !== undefined && hasOtherAddress(object, found)) await writer.remove(place, signal);
  return writer.apply(place, object, signal);
}

function hasOtherAddress(object: WrittenObject, found: ClusterObject): boolean {
  const [wanted, there] = [fieldsOf(object['spec'])['clusterIP'], fieldsOf(found['spec'])['clusterIP']];
  return object.kind === 'Service' && wanted !== undefined && there !== undefined && wanted !== there;
}

function wordsOf({ resource, namespace, name }: ObjectPlace): string {
  return `${resource.kind} ${namespace}/${name}`;
}
