// SPDX-License-Identifier: Apache-2.0
import type { Shape, Shapes } from './shape.ts';

/** What is wrong with a value: where, what was expected and what was found. Undefined = nothing. */
export type ShapeCheck = (value: unknown) => string | undefined;

/**
 * Compiles the check of one of the types in `shapes`. It refuses members and alternatives that it does not know: what an older proxy
 * does not understand may be what closes something.
 */
export function compileShapeCheck(shapes: Shapes, type: string): ShapeCheck {
  const compiled = new Map<string, ShapeCheck>();
  const compiler: ShapeCompiler = {
    checkOf: shape => compileShape(shape, compiler),
    namedCheck(name) {
      // Types refer to themselves, so a name is looked up when a value is there.
      const check: ShapeCheck = value => compiled.get(name)?.(value);
      if (compiled.has(name)) return check;
      const shape = shapes[name];
      if (shape === undefined) throw new Error(`no shape is named ${name}`);
      compiled.set(name, refuseAll);
      compiled.set(name, compileShape(shape, compiler));
      return check;
    },
    objectOf: shape => objectOf(shape, shapes),
  };
  const check = compiler.namedCheck(type);
  return value => withoutLeadingDot(check(value));
}

type ObjectShape = Extract<Shape, { object: unknown }>;

interface ShapeCompiler {
  readonly checkOf: (shape: Shape) => ShapeCheck;
  readonly namedCheck: (name: string) => ShapeCheck;
  readonly objectOf: (shape: Shape) => ObjectShape | undefined;
}

const refuseAll: ShapeCheck = () => ': it is not known yet';

function compileShape(shape: Shape, compiler: ShapeCompiler): ShapeCheck {
  if (typeof shape === 'string') return compilePrimitive(shape);
  if ('values' in shape) return compileValues(shape.values);
  if ('list' in shape) return compileList(compiler.checkOf(shape.list));
  if ('tuple' in shape) return compileTuple(shape.tuple.map(compiler.checkOf));
  if ('map' in shape) return compileMap(compiler.checkOf(shape.map));
  if ('object' in shape) return compileObject(shape, compiler);
  if ('type' in shape) return compiler.namedCheck(shape.type);
  return compileUnion(shape.anyOf, compiler);
}

function compilePrimitive(type: 'boolean' | 'null' | 'number' | 'string'): ShapeCheck {
  if (type === 'null') return value => (value === null ? undefined : expected('null', value));
  return value => (typeof value === type ? undefined : expected(`a ${type}`, value));
}

function compileValues(values: readonly (boolean | number | string)[]): ShapeCheck {
  const known = new Set<unknown>(values);
  const wanted = values.map(value => JSON.stringify(value)).join(', ');
  return value => (known.has(value) ? undefined : expected(values.length === 1 ? wanted : `one of ${wanted}`, value));
}

function compileList(element: ShapeCheck): ShapeCheck {
  return value => {
    if (!Array.isArray(value)) return expected('a list', value);
    for (let i = 0; i < value.length; i++) {
      const problem = element(value[i]);
      if (problem !== undefined) return `[${i}]${problem}`;
    }
    return undefined;
  };
}

function compileTuple(elements: readonly ShapeCheck[]): ShapeCheck {
  return value => {
    if (!Array.isArray(value) || value.length !== elements.length) return expected(`a list of ${elements.length}`, value);
    for (const [i, element] of elements.entries()) {
      const problem = element(value[i]);
      if (problem !== undefined) return `[${i}]${problem}`;
    }
    return undefined;
  };
}

function compileMap(entry: ShapeCheck): ShapeCheck {
  return value => {
    if (!isObject(value)) return expected('an object', value);
    for (const [key, member] of Object.entries(value)) {
      const problem = entry(member);
      if (problem !== undefined) return `.${key}${problem}`;
    }
    return undefined;
  };
}

function compileObject({ object, optional }: ObjectShape, { checkOf }: ShapeCompiler): ShapeCheck {
  const members = new Map(Object.entries(object).map(([key, shape]) => [key, checkOf(shape)]));
  const required = [...members.keys()].filter(key => !optional.includes(key));
  return value => {
    if (!isObject(value)) return expected('an object', value);
    for (const key of Object.keys(value)) {
      const check = members.get(key);
      if (check === undefined) return `.${key}: this member is not known`;
      const problem = check(value[key]);
      if (problem !== undefined) return `.${key}${problem}`;
    }
    for (const key of required) if (!(key in value)) return `.${key}: it is missing`;
    return undefined;
  };
}

function compileUnion(alternatives: readonly Shape[], compiler: ShapeCompiler): ShapeCheck {
  const tagged = compileTagged(alternatives, compiler);
  const checks = alternatives.filter(shape => tagged?.shapes.has(shape) !== true).map(compiler.checkOf);
  const wanted = alternatives.map(shape => (typeof shape === 'string' ? `a ${shape}` : 'another form')).join(' or ');
  return value => {
    if (tagged !== undefined && isObject(value)) return tagged.check(value);
    return checks.some(check => check(value) === undefined) ? undefined : expected(wanted, value);
  };
}

interface Tagged {
  readonly shapes: ReadonlySet<Shape>;
  readonly check: (value: Readonly<Record<string, unknown>>) => string | undefined;
}

/** The members by which unions of objects tell their alternatives apart. */
const TAGS = ['kind', 'op', 'by'];

/** Alternatives that have a member of fixed values: that one decides, so that the problem told is the one of the form that was meant. */
function compileTagged(alternatives: readonly Shape[], compiler: ShapeCompiler): Tagged | undefined {
  const objects = alternatives.flatMap(shape => {
    const object = compiler.objectOf(shape);
    return object === undefined ? [] : [{ shape, object }];
  });
  const tag = TAGS.find(name => objects.length > 0 && objects.every(({ object }) => valuesOf(object, name) !== undefined));
  if (tag === undefined) return undefined;
  const checks = new Map<unknown, ShapeCheck>();
  for (const { shape, object } of objects) {
    for (const value of valuesOf(object, tag) ?? []) checks.set(value, compiler.checkOf(shape));
  }
  const unknownTag = compileValues([...checks.keys()].map(String));
  const check: Tagged['check'] = value => {
    const found = checks.get(value[tag]);
    return found === undefined ? `.${tag}${unknownTag(value[tag]) ?? ''}` : found(value);
  };
  return { shapes: new Set(objects.map(({ shape }) => shape)), check };
}

function valuesOf({ object }: ObjectShape, member: string): readonly (boolean | number | string)[] | undefined {
  const shape = object[member];
  return typeof shape === 'object' && 'values' in shape ? shape.values : undefined;
}

function objectOf(shape: Shape, shapes: Shapes): ObjectShape | undefined {
  if (typeof shape === 'string') return undefined;
  if ('object' in shape) return shape;
  const named = 'type' in shape ? shapes[shape.type] : undefined;
  return named === undefined ? undefined : objectOf(named, shapes);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const MAX_SHOWN = 40;

/** Values of resources may be secrets, so of a text only its length is told unless it stands where fixed words do. */
function expected(what: string, found: unknown): string {
  const isWord = what.startsWith('"') || what.startsWith('one of "');
  const shown = isWord && typeof found === 'string' ? JSON.stringify(found.slice(0, MAX_SHOWN)) : describeKind(found);
  return `: expected ${what}, found ${shown}`;
}

function describeKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function withoutLeadingDot(problem: string | undefined): string | undefined {
  return problem?.replace(/^[.:] ?/, '');
}
