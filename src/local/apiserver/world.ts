/** What every request and background task works on. */
import type { Clock } from '../../lib/clock.ts';
import type { Registry } from './resources/registry.ts';
import type { Resource, Version } from './resources/resource.ts';
import { apiVersionOf } from './resources/resource.ts';
import type { Store } from './storage/store.ts';
import type { Stored } from './storage/stored.ts';
import type { Obj, ServerLog } from './types.ts';

export interface World {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: ServerLog;
  /** A whole number from 0 up to, not including, `below`. */
  random(below: number): number;
}

/** RFC 3339 with whole seconds, as metadata has it. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A stored object in the form in which `version` of `resource` serves it. Not to be changed. */
export function serve(resource: Resource, version: Version, object: Obj): Obj {
  if (resource.view) return resource.view.toView(object);
  const apiVersion = apiVersionOf(resource.group, version.name);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/** The JSON text of the same, without parsing what is stored when only the version differs. */
export function serveText(resource: Resource, version: Version, stored: Stored): string {
  if (resource.view) return JSON.stringify(resource.view.toView(stored.object));
  const apiVersion = apiVersionOf(resource.group, version.name);
  const head = `{"apiVersion":"${apiVersion}",`;
  if (stored.text.startsWith(head)) return stored.text;
  return head + stored.text.slice(stored.text.indexOf(',') + 1);
}
