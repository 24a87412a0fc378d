// SPDX-License-Identifier: Apache-2.0

type Shapes = Readonly<Record<string, unknown>>;

interface Node {
  readonly values?: readonly unknown[];
  readonly list?: unknown;
  readonly map?: unknown;
  readonly object?: Shapes;
  readonly optional?: readonly string[];
  readonly anyOf?: readonly unknown[];
  readonly type?: string;
}

/**
 * The first thing that `after` does not take of what `before` took, with its path; undefined = it has only grown, so that resources
 * of older control planes can still be read.
 */
export function lossBetween(before: Shapes, after: Shapes, type: string): string | undefined {
  return new Comparison(before, after).loss({ type }, { type });
}

class Comparison {
  private readonly seen = new Set<string>();
  private readonly before: Shapes;
  private readonly after: Shapes;

  constructor(before: Shapes, after: Shapes) {
    this.before = before;
    this.after = after;
  }

  loss(was: unknown, is: unknown): string | undefined {
    const offered = this.alternatives(is, this.after);
    for (const one of this.alternatives(was, this.before)) {
      const losses = offered.map(other => this.lossOfOne(one, other));
      if (!losses.includes(undefined)) return losses.length === 1 ? losses[0] : `: one form is gone: ${JSON.stringify(one)}`;
    }
    return undefined;
  }

  /** Types by name are compared once: they may lead to themselves. */
  private lossOfOne(one: unknown, other: unknown): string | undefined {
    const key = JSON.stringify([one, other]);
    if (this.seen.has(key)) return undefined;
    this.seen.add(key);
    const loss = this.structureLoss(nodeOf(one), nodeOf(other)) ?? (kindOf(one) === kindOf(other) ? undefined : ': takes less');
    if (loss !== undefined) this.seen.delete(key);
    return loss;
  }

  private structureLoss(old: Node, now: Node): string | undefined {
    if (old.object !== undefined && now.object !== undefined) return this.memberLoss(old, now);
    if (old.list !== undefined && now.list !== undefined) return within('[]', this.loss(old.list, now.list));
    return old.map !== undefined && now.map !== undefined ? within('.*', this.loss(old.map, now.map)) : undefined;
  }

  private memberLoss(old: Node, now: Node): string | undefined {
    const [had, has] = [old.object ?? {}, now.object ?? {}];
    for (const [key, shape] of Object.entries(had)) {
      if (!(key in has)) return `.${key}: is gone`;
      const loss = this.loss(shape, has[key]);
      if (loss !== undefined) return within(`.${key}`, loss);
    }
    const needed = Object.keys(has).find(key => isNeeded(now, key) && !(key in had && isNeeded(old, key)));
    return needed === undefined ? undefined : `.${needed}: has to be there`;
  }

  /** Each fixed value is one, and a named type is what it stands for. */
  private alternatives(shape: unknown, shapes: Shapes): readonly unknown[] {
    const { anyOf, values, type } = nodeOf(shape);
    if (type !== undefined) return this.alternatives(shapes[type], shapes);
    if (anyOf !== undefined) return anyOf.flatMap(one => this.alternatives(one, shapes));
    return values === undefined ? [shape] : values.map(value => ({ values: [value] }));
  }
}

function within(path: string, loss: string | undefined): string | undefined {
  return loss === undefined ? undefined : path + loss;
}

function isNeeded({ optional }: Node, key: string): boolean {
  return optional?.includes(key) !== true;
}

function nodeOf(shape: unknown): Node {
  return typeof shape === 'object' && shape !== null ? shape : {};
}

/** What has to be equal: primitives and fixed values whole, of the others the form. */
function kindOf(shape: unknown): string {
  const { object, list, map } = nodeOf(shape);
  if (object !== undefined) return 'object';
  if (list !== undefined) return 'list';
  return map === undefined ? JSON.stringify(shape) : 'map';
}
