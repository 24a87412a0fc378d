// SPDX-License-Identifier: Apache-2.0
import { fails, holds } from '../condition/finding.ts';
import type { MeshFindings } from '../condition/findings.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import { DEFAULT_PARAMETERS, parseMeshParameters, UNREADABLE_PARAMETERS } from './mesh-parameters.ts';
import type { MeshParameters } from './mesh-parameters.ts';

/** How an XMesh says that Weir is its mesh, and Weir that a route of the mesh is its own. */
export const MESH_CONTROLLER_NAME = 'weir.dev/mesh-controller';

export type MeshDocument = DocumentOf<'XMesh'>;

/** An XMesh of ours. */
export interface ResolvedMesh {
  readonly document: MeshDocument;
  readonly parameters: MeshParameters;
  readonly findings: MeshFindings;
  readonly issues: readonly Issue[];
}

export function isOurMesh({ spec }: MeshDocument): boolean {
  return spec.controllerName === MESH_CONTROLLER_NAME;
}

/** `winner`: the XMesh that speaks for the mesh; there can be only one, since there is one mesh. */
export function resolveMesh(document: MeshDocument, winner: MeshDocument, lookup: Lookup): ResolvedMesh {
  if (winner !== document) return conflicted(document, winner);
  const found = readParameters(document, lookup);
  const [first] = found.issues;
  const Accepted = first === undefined ? holds('Accepted' as const) : fails('InvalidParameters', wordsOf(first));
  return { document, ...found, findings: { Accepted } };
}

/** Says of a ConfigMap which it is. */
function wordsOf({ document: { kind, namespace, name }, message }: Issue): string {
  return kind === 'XMesh' ? message : `${kind} ${namespace}/${name} ${message}`;
}

type Read = Pick<ResolvedMesh, 'issues' | 'parameters'>;

function readParameters(document: MeshDocument, lookup: Lookup): Read {
  const ref = document.spec.parametersRef;
  if (ref === undefined) return { parameters: DEFAULT_PARAMETERS, issues: [] };
  const path = 'spec.parametersRef';
  const refuse = (field: string, message: string, hint: string): Read => ({
    parameters: UNREADABLE_PARAMETERS,
    issues: [issueOf(document, `${path}.${field}`, { message: `${path} ${message}`, hint })],
  });
  if (ref.group !== '' || ref.kind !== 'ConfigMap') {
    return refuse('kind', `names a ${ref.kind} of group "${ref.group}"`, 'name a ConfigMap of group ""');
  }
  if (ref.namespace === undefined) return refuse('name', `names ConfigMap \`${ref.name}\` and no namespace`, 'write namespace');
  const config = lookup.get('ConfigMap', ref.namespace, ref.name);
  if (config === undefined) {
    const { message, hint } = describeMissing(lookup, { kind: 'ConfigMap', namespace: ref.namespace, name: ref.name });
    return refuse('name', message, hint);
  }
  const { parameters, faults } = parseMeshParameters(config.data ?? {});
  const issues = faults.map(({ key, ...words }): Issue => ({ ...issueOf(document, `data.${key}`, words), document: config }));
  return { parameters, issues };
}

function conflicted(document: MeshDocument, { name }: MeshDocument): ResolvedMesh {
  const message = `XMesh \`${name}\` comes first and speaks for the mesh, of which there is one`;
  const issue: Issue = {
    document,
    severity: 'error',
    code: 'mesh-conflicted',
    path: 'metadata.name',
    message,
    hint: 'take one of the two out',
  };
  return { document, parameters: DEFAULT_PARAMETERS, findings: { Accepted: fails('Conflicted', message) }, issues: [issue] };
}

function issueOf(document: MeshDocument, path: string, words: Pick<Issue, 'message'> & { readonly hint: string }): Issue {
  return { document, severity: 'error', code: 'mesh-parameters-invalid', path, ...words };
}
