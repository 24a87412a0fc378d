// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import ts from 'typescript';

const SNAPSHOT = 'libs/policy/src/snapshot/resource.ts';

/** As `Shape` in libs/sync: this program writes them, and knows of them no more than their form. */
export type WrittenShape = Readonly<Record<string, unknown>> | string;

/** Shapes of `Resource` and of every type that it leads to, by the names of the types, sorted. */
export function shapesFromTypes(root: string): Readonly<Record<string, WrittenShape>> {
  const program = ts.createProgram([join(root, SNAPSHOT)], {
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    types: [],
  });
  const statements: readonly ts.Statement[] = program.getSourceFile(join(root, SNAPSHOT))?.statements ?? [];
  const declaration = statements.filter(ts.isTypeAliasDeclaration).find(({ name }) => name.text === 'Resource');
  if (declaration === undefined) throw new Error(`${SNAPSHOT} declares no type Resource`);
  const reader: Reader = { checker: program.getTypeChecker(), shapes: new Map() };
  shapeOf(reader.checker.getTypeAtLocation(declaration), reader);
  return Object.fromEntries([...reader.shapes].sort(([one], [other]) => (one < other ? -1 : 1)));
}

interface Reader {
  readonly checker: ts.TypeChecker;
  readonly shapes: Map<string, WrittenShape>;
}

/** A type with a name becomes a shape of its own, so that types may lead to themselves. */
function shapeOf(type: ts.Type, reader: Reader): WrittenShape {
  const name = nameOf(type);
  if (name === undefined) return structureOf(type, reader);
  if (!reader.shapes.has(name)) {
    reader.shapes.set(name, 'null');
    reader.shapes.set(name, structureOf(type, reader));
  }
  return { type: name };
}

function nameOf(type: ts.Type): string | undefined {
  if (type.isIntersection() || isText(type)) return undefined;
  const symbol = type.aliasSymbol ?? (type.isClassOrInterface() ? type.symbol : undefined);
  return type.aliasTypeArguments === undefined && !isGeneric(type) ? symbol?.name : undefined;
}

/** One type for each argument has no name of its own. */
function isGeneric(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Object) !== 0 && 'typeArguments' in type && Array.isArray(type.typeArguments);
}

function structureOf(type: ts.Type, reader: Reader): WrittenShape {
  if (isText(type)) return 'string';
  if (type.isUnion()) return unionOf(type.types, reader);
  if (type.isLiteral()) return { values: [type.value] };
  const { flags } = type;
  if (flags & ts.TypeFlags.BooleanLiteral) return { values: [reader.checker.typeToString(type) === 'true'] };
  if (flags & ts.TypeFlags.Boolean) return 'boolean';
  if (flags & ts.TypeFlags.Number) return 'number';
  if (flags & ts.TypeFlags.Null) return 'null';
  if (flags & ts.TypeFlags.Object) return objectOf(type, reader);
  throw new Error(`${reader.checker.typeToString(type)} cannot be sent: resources are plain data`);
}

/** Brands are texts with a member that nothing has. */
function isText(type: ts.Type): boolean {
  if (type.isIntersection()) return type.types.some(isText);
  return (type.flags & ts.TypeFlags.String) !== 0;
}

function unionOf(types: readonly ts.Type[], reader: Reader): WrittenShape {
  const sent = types.filter(({ flags }) => (flags & ts.TypeFlags.Undefined) === 0);
  const shapes = sent.filter(one => !isFixed(one)).map(one => shapeOf(one, reader));
  const values: readonly unknown[] = sent
    .filter(isFixed)
    .map(one => (one.isLiteral() ? one.value : reader.checker.typeToString(one) === 'true'));
  const isBoolean = values.includes(true) && values.includes(false);
  const rest = isBoolean ? values.filter(value => typeof value !== 'boolean') : values;
  if (isBoolean) shapes.push('boolean');
  if (rest.length > 0) shapes.push({ values: rest });
  return shapes.length === 1 ? shapes[0]! : { anyOf: shapes };
}

function isFixed(type: ts.Type): boolean {
  return type.isLiteral() || (type.flags & ts.TypeFlags.BooleanLiteral) !== 0;
}

function objectOf(type: ts.Type, reader: Reader): WrittenShape {
  const { checker } = reader;
  const parameters =
    checker.isArrayType(type) || checker.isTupleType(type) ? checker.getTypeArguments(type as ts.TypeReference) : [];
  if (checker.isTupleType(type)) return { tuple: parameters.map(one => shapeOf(one, reader)) };
  if (checker.isArrayType(type)) return { list: shapeOf(parameters[0]!, reader) };
  const index = checker.getIndexInfosOfType(type)[0];
  if (index !== undefined) return { map: shapeOf(index.type, reader) };
  const members = checker.getPropertiesOfType(type);
  const typed = members.map(member => ({ member, type: checker.getTypeOfSymbol(member) }));
  const optional = typed.filter(one => isOptional(one.member) || mayBeUndefined(one.type));
  return {
    object: Object.fromEntries(typed.map(one => [one.member.name, shapeOf(withoutUndefined(one.type, reader), reader)])),
    optional: optional.map(one => one.member.name),
  };
}

function isOptional(member: ts.Symbol): boolean {
  return (member.flags & ts.SymbolFlags.Optional) !== 0;
}

function mayBeUndefined(type: ts.Type): boolean {
  return type.isUnion() && type.types.some(({ flags }) => (flags & ts.TypeFlags.Undefined) !== 0);
}

function withoutUndefined(type: ts.Type, { checker }: Reader): ts.Type {
  return mayBeUndefined(type) ? checker.getNonNullableType(type) : type;
}
