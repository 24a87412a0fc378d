// SPDX-License-Identifier: Apache-2.0
import type { Call, Part, WrittenPolicy, WrittenRule } from './random-policies.ts';
import { groupsOf, TRUSTED } from './world.ts';
import type { ConsumerName, Owner } from './world.ts';

// What access policies mean, written from their description and from nothing of the code: one request, all policies, no memory, no
// order, no compilation. As plain as it can be, and as slow.

/** A place on the way of a request, widest first: `kind namespace/name`, with `#section`. */
type Place = string;

interface Held {
  readonly policy: WrittenPolicy;
  /** Indices of the places that it is attached at, widest first. */
  readonly at: readonly number[];
}

/** The places that a call passes; those of its Service are asked on their own. */
const SERVICE_PLACES = [4, 5];

function placesOf({ listener, path }: Call): readonly Place[] {
  const backend = path === '/admin' ? 'shop' : 'stock';
  const set =
    listener === 'own' ? ['ListenerSet team/more', 'ListenerSet team/more#own'] : ['', `Gateway infra/edge#${listener}`];
  return [
    ...['Namespace infra/infra', 'Gateway infra/edge', ...set],
    ...[`Namespace ${backend}/${backend}`, `Service ${backend}/api`],
    ...['Namespace shop/shop', 'HTTPRoute shop/web', path === '/admin' ? 'HTTPRoute shop/web#admin' : ''],
  ];
}

function heldBy(policy: WrittenPolicy, places: readonly Place[], isOfService: boolean): readonly Held[] {
  const targets = policy.spec.targetRefs.map(
    ({ kind, name, sectionName }) =>
      `${kind} ${policy.metadata.namespace}/${name}${sectionName === undefined ? '' : `#${sectionName}`}`,
  );
  const at = places.flatMap((place, index) =>
    targets.includes(place) && SERVICE_PLACES.includes(index) === isOfService ? [index] : [],
  );
  return at.length === 0 ? [] : [{ policy, at }];
}

/** Whether all policies together admit a call. */
export function modelAdmits(policies: readonly WrittenPolicy[], asked: Call): boolean {
  const places = placesOf(asked);
  const way = policies.flatMap(policy => heldBy(policy, places, false));
  const ofService = policies.flatMap(policy => heldBy(policy, places, true));
  return (
    way.every(one => admits(one, { all: way, known: way, asked })) &&
    ofService.every(one => admits(one, { all: ofService, known: [...way, ...ofService], asked }))
  );
}

interface Around {
  /** Policies that are merged with this one. */
  readonly all: readonly Held[];
  /** Policies whose findings of who calls may be looked at, as far as they are as wide. */
  readonly known: readonly Held[];
  readonly asked: Call;
}

const isActing = ({ policy }: Held): boolean => policy.spec.mode !== 'Shadow';
const widest = ({ at }: Held): number => Math.min(...at);

function admits(held: Held, around: Around): boolean {
  const { spec } = held.policy;
  if (!isActing(held)) return true;
  if (isBroken(held.policy)) return false;
  const holds = (part: Part): boolean => held.at.some(place => !isRelaxedAt(held, place, { part, all: around.all }));
  return (
    (!holds('addresses') || admitsAddress(spec.addresses, around.asked.address)) &&
    (!holds('authentication') || recognise(held.policy, around.asked) !== 'refused') &&
    (!holds('authorization') || authorizes(held, around))
  );
}

function isBroken({ spec }: WrittenPolicy): boolean {
  return (spec.authorization?.rules ?? []).some(({ paths = [] }) => paths.some(({ value }) => value.includes('(?=')));
}

/** Only a strictly narrower policy that acts, of a namespace that is let. */
function isRelaxedAt({ policy }: Held, place: number, { part, all }: { part: Part; all: readonly Held[] }): boolean {
  const rule = policy.spec.relaxable?.find(one => one.part === part);
  if (rule === undefined) return false;
  return all.some(other => {
    const isNarrower = other.policy !== policy && other.at.some(one => one > place);
    const home = other.policy.metadata.namespace;
    const isLet = {
      All: true,
      Same: home === policy.metadata.namespace,
      Selector: home === TRUSTED,
    }[rule.namespaces.from];
    return isActing(other) && isNarrower && isLet && (other.policy.spec.relax ?? []).includes(part);
  });
}

function admitsAddress(lists: WrittenPolicy['spec']['addresses'], address: string): boolean {
  const { allow, deny = [] } = lists ?? {};
  return !isIn(deny, address) && (allow === undefined || isIn(allow, address));
}

/** Of the few ranges and addresses that the tests write. */
function isIn(ranges: readonly string[], address: string): boolean {
  return ranges.some(range => {
    switch (range) {
      case '0.0.0.0/0':
        return !address.includes(':');
      case '::/0':
        return address.includes(':');
      case '10.0.0.0/8':
        return address.startsWith('10.');
      case '192.0.2.0/24':
        return address.startsWith('192.0.2.');
      default:
        return range === address;
    }
  });
}

interface Known {
  readonly consumer: ConsumerName;
  readonly owner: Owner;
}

function recognise({ metadata, spec }: WrittenPolicy, { keys }: Call): Known | 'nobody' | 'refused' {
  const { authentication } = spec;
  const key = keys[metadata.namespace];
  if (authentication === undefined) return 'nobody';
  if (key === undefined) return authentication.anonymous ? 'nobody' : 'refused';
  const [method] = authentication.methods;
  const picked = method?.apiKey.consumers?.matchLabels.name ?? key;
  return key === 'wrong' || picked !== key ? 'refused' : { consumer: key, owner: metadata.namespace };
}

function authorizes(held: Held, { all, known, asked }: Around): boolean {
  const rules = held.policy.spec.authorization?.rules ?? [];
  const callers = known.flatMap(one => (widest(one) <= widest(held) ? callerOf(one, known, asked) : []));
  const fitting = rules.filter(rule => fits(rule, { callers, asked, owner: held.policy.metadata.namespace }));
  if (fitting.some(({ action }) => action === 'Deny')) return false;
  if (rules.some(({ action }) => action === 'Allow')) return fitting.length > 0;
  return !held.at.some(place => isDeniedByDefault(held, place, all));
}

/** Who the caller is by a policy whose authentication holds somewhere on the way. */
function callerOf(held: Held, known: readonly Held[], asked: Call): readonly Known[] {
  const isOfService = (one: Held): boolean => SERVICE_PLACES.includes(widest(one));
  const all = known.filter(one => isOfService(one) === isOfService(held));
  const isAsked = isActing(held) && held.at.some(place => !isRelaxedAt(held, place, { part: 'authentication', all }));
  const found = isAsked ? recognise(held.policy, asked) : 'nobody';
  return typeof found === 'object' ? [found] : [];
}

function fits(
  { methods, groups, consumers, addresses, paths }: WrittenRule,
  { callers, asked, owner }: { readonly callers: readonly Known[]; readonly asked: Call; readonly owner: Owner },
): boolean {
  const isCaller = callers.some(
    caller =>
      (groups === undefined || groupsOf(caller.consumer, caller.owner).some(group => groups.includes(group))) &&
      (consumers === undefined || (caller.owner === owner && consumers.includes(caller.consumer))),
  );
  return (
    (methods === undefined || methods.includes(asked.method === 'HEAD' ? 'GET' : asked.method)) &&
    (addresses === undefined || isIn(addresses, asked.address)) &&
    (paths === undefined || paths.some(({ type, value }) => (type === 'RegularExpression' ? true : value === asked.path))) &&
    ((groups === undefined && consumers === undefined) || isCaller)
  );
}

function isDeniedByDefault({ policy }: Held, place: number, all: readonly Held[]): boolean {
  if (policy.spec.authorization?.defaultAction !== 'Deny') return false;
  return !all.some(other => {
    const allows = (other.policy.spec.authorization?.rules ?? []).some(({ action }) => action === 'Allow');
    const heeded = other.at.some(one => one >= place && !isRelaxedAt(other, one, { part: 'authorization', all }));
    return isActing(other) && allows && heeded;
  });
}
