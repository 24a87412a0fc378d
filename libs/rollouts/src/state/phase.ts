// SPDX-License-Identifier: Apache-2.0

/** Where a Rollout stands, and what that means, in the order in which a rollout that nothing is in the way of goes through them. */
export const PHASES = {
  Stable: 'No rollout is under way: one revision has all requests.',
  Preparing: 'The new revision is to become ready, and known to every proxy; it has no requests.',
  Progressing: 'Step by step the new revision gets requests.',
  Promoting: 'All requests are to go to the new revision, at every proxy.',
  Keeping: 'The new revision has all requests; the former one is kept, so that the way back takes one change.',
  Draining: 'The former revision has requests that have not ended; when they have, it is taken away.',
  Retiring: 'The former revision is taken away. There is no way back from here on.',
  Aborting: 'All requests are to go to stable again, at every proxy.',
  Aborted: 'Stable has all requests; the new revision has none until somebody tries again or another one is offered.',
} as const;

export type Phase = keyof typeof PHASES;

/** What a Rollout waits for; `Nothing` = nothing is left to do until documents or people change something. */
export type WaitingFor =
  | 'Capacity'
  | 'Decision'
  | 'Deployment'
  | 'Gate'
  | 'InFlight'
  | 'Nothing'
  | 'Offer'
  | 'Pause'
  | 'Person'
  | 'Proxies'
  | 'AbsentProxies'
  | 'Readiness'
  | 'Revision'
  | 'StableEndpoints'
  | 'Time'
  | 'Traffic';
