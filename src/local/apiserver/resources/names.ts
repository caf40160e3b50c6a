/** Names, labels and annotations: what Kubernetes allows, and how it says what it does not. */
import type { Cause } from '../api-error.ts';
import { invalidValue, required, tooLong } from '../schema/causes.ts';
import type { Obj } from '../types.ts';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

export const isDnsLabel = (name: string): boolean => name.length <= 63 && label.test(name);
export const isDnsSubdomain = (name: string): boolean => name.length <= 253 && subdomain.test(name);

export const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
export const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const qualifiedMessage =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const maxAnnotations = 256 * 1024;

/** `prefix/name` as label and annotation keys and finalizers are written; undefined when it is well-formed. */
export function qualifiedNameProblem(key: string): string | undefined {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  if (parts.length > 1 || (parts.length === 1 && !isDnsSubdomain(parts[0] ?? '')))
    return `prefix part ${subdomainMessage}`;
  if (name.length > 63) return 'name part must be no more than 63 bytes';
  return qualifiedName.test(name) ? undefined : qualifiedMessage;
}

/** What is wrong with `metadata`; `short` names are DNS labels (namespaces), the others DNS subdomains. */
export function checkMetadata(object: Obj, short: boolean): Cause[] {
  const causes: Cause[] = [];
  const { name, labels, annotations, finalizers, ownerReferences } = object.metadata;
  if (!name) causes.push(required('metadata.name', 'name or generateName is required'));
  else if (short && !isDnsLabel(name)) causes.push(invalidValue('metadata.name', name, labelMessage));
  else if (name.length > 253) causes.push(tooLong('metadata.name', 253));
  else if (!short && !isDnsSubdomain(name))
    causes.push(invalidValue('metadata.name', name, subdomainMessage));
  for (const [key, value] of Object.entries(labels ?? {})) {
    const problem = qualifiedNameProblem(key);
    if (problem) causes.push(invalidValue('metadata.labels', key, problem));
    if (value.length > 63)
      causes.push(invalidValue('metadata.labels', value, 'must be no more than 63 bytes'));
    else if (value !== '' && !qualifiedName.test(value))
      causes.push(invalidValue('metadata.labels', value, valueMessage));
  }
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    size += key.length + value.length;
    const problem = qualifiedNameProblem(key.toLowerCase());
    if (problem) causes.push(invalidValue('metadata.annotations', key, problem));
  }
  if (size > maxAnnotations) causes.push(tooLong('metadata.annotations', maxAnnotations));
  for (const finalizer of finalizers ?? []) {
    const problem = qualifiedNameProblem(finalizer);
    if (problem) causes.push(invalidValue('metadata.finalizers', finalizer, problem));
  }
  causes.push(...checkOwners(ownerReferences ?? []));
  return causes;
}

function checkOwners(owners: NonNullable<Obj['metadata']['ownerReferences']>): Cause[] {
  const causes: Cause[] = [];
  owners.forEach((owner, index) => {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const)
      if (!owner[field])
        causes.push(
          invalidValue(
            `metadata.ownerReferences[${index}].${field}`,
            owner[field] ?? '',
            'must not be empty',
          ),
        );
  });
  if (owners.filter((owner) => owner.controller === true).length > 1)
    causes.push(
      invalidValue(
        'metadata.ownerReferences',
        owners.length,
        'Only one reference can have Controller set to true',
      ),
    );
  return causes;
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `prefix` (cut to leave room) and five random characters that spell no word. */
export function generateName(prefix: string, random: (below: number) => number): string {
  let suffix = '';
  for (let index = 0; index < 5; index += 1) suffix += alphabet[random(alphabet.length)];
  return prefix.slice(0, 58) + suffix;
}
