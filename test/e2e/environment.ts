/** What the end-to-end suite needs of a cluster; the embedded one and a real one each make one. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Event, Job, Pod } from '../../src/kube/builtin-types.ts';
import type { KubeObject, Resource } from '../../src/kube/objects.ts';
import { events, jobs, namespaces, pods } from '../../src/kube/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { imageScanKind, scanPolicyKind, scanTemplateKind, sourceScanKind } from '../../src/api/kinds.ts';
import type { Scan, ScanPolicy, ScanTemplate } from '../../src/api/kinds.ts';

export interface Environment {
  readonly name: string;
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** The administrator's client. */
  readonly client: KubeClient;
  /** Path of a kubectl that works with it; undefined where the machine has none. */
  readonly kubectl: string | undefined;
  /** Kills the controller at once and starts it again on what it had written. */
  restartController(): Promise<void>;
  stop(): Promise<void>;
}

/** The image that the environment's runner starts as a shell of this machine. */
export const shellImage = 'scan-link.test/shell';

const run = promisify(execFile);

/** A namespace of its own for one test, with the verbs that tests read well with. */
export class Namespace {
  readonly environment: Environment;
  readonly name: string;

  constructor(environment: Environment, name: string) {
    this.environment = environment;
    this.name = name;
  }

  static async make(environment: Environment, name: string): Promise<Namespace> {
    await environment.client.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
    return new Namespace(environment, name);
  }

  create<T extends KubeObject>(
    resource: Resource,
    object: Omit<T, 'metadata'> & { metadata: { name: string } },
  ): Promise<T> {
    const { client } = this.environment;
    const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version;
    const whole = {
      ...object,
      apiVersion,
      kind: resource.kind,
      metadata: { ...object.metadata, namespace: this.name },
    };
    return client.create<T>(resource, whole as unknown as T);
  }

  template(name: string, podSpec: object): Promise<ScanTemplate> {
    return this.create<ScanTemplate>(scanTemplateKind, {
      metadata: { name },
      spec: { template: { ...podSpec } },
    });
  }

  /** A template whose `scanner` container runs `script` in a shell. */
  scannerTemplate(name: string, script: string, more: object = {}): Promise<ScanTemplate> {
    return this.template(name, { containers: [shell('scanner', script)], ...more });
  }

  policy(name: string, regoFile: string): Promise<ScanPolicy> {
    return this.create<ScanPolicy>(scanPolicyKind, { metadata: { name }, spec: { regoFile } });
  }

  scan(name: string, scanTemplate: string, scanPolicy?: string): Promise<Scan> {
    return this.create<Scan>(sourceScanKind, {
      metadata: { name },
      spec: {
        git: { url: 'https://example.test/repo.git', revision: 'main', username: 'git' },
        scanTemplate,
        ...(scanPolicy && { scanPolicy }),
      },
    });
  }

  imageScan(name: string, scanTemplate: string, image = 'registry.test/app:1'): Promise<Scan> {
    return this.create<Scan>(imageScanKind, {
      metadata: { name },
      spec: { registry: { image }, scanTemplate },
    });
  }

  get(name: string, kind: Resource = sourceScanKind): Promise<Scan> {
    return this.environment.client.get<Scan>(kind, { namespace: this.name, name });
  }

  /** Waits until the scan is as `until` wants it, and says what it looked like last where that never comes. */
  async waitFor(
    name: string,
    until: (scan: Scan) => boolean,
    kind: Resource = sourceScanKind,
  ): Promise<Scan> {
    const deadline = Date.now() + 120_000;
    let last = await this.get(name, kind);
    while (!until(last)) {
      if (Date.now() > deadline) throw new Error(await this.#account(name, last));
      await new Promise((resolve) => setTimeout(resolve, 25));
      last = await this.get(name, kind);
    }
    return last;
  }

  /** What a scan that never came to be as wanted looked like last, with its pods and what was said of them. */
  async #account(name: string, scan: Scan): Promise<string> {
    const { client } = this.environment;
    const { items: found } = await client.list<Pod>(pods, { namespace: this.name });
    const { items: said } = await client.list<Event>(events, { namespace: this.name });
    const account = {
      status: scan.status,
      pods: found.map(({ metadata, spec, status }) => ({
        name: metadata.name,
        node: spec?.nodeName,
        status,
      })),
      events: said.map(
        ({ involvedObject, reason, message }) => `${involvedObject.kind}: ${reason}: ${message}`,
      ),
    };
    return `${name} never came to be as wanted: ${JSON.stringify(account, null, 1)}`;
  }

  async jobs(scan?: string): Promise<Job[]> {
    const list = await this.environment.client.list<Job>(jobs, { namespace: this.name });
    return scan === undefined
      ? list.items
      : list.items.filter((job) => job.metadata.ownerReferences?.[0]?.name === scan);
  }

  async events(scan: string): Promise<Event[]> {
    const list = await this.environment.client.list<Event>(events, { namespace: this.name });
    return list.items.filter((event) => event.involvedObject.name === scan);
  }

  /** Runs kubectl in this namespace; rejects with its stderr when it fails. */
  async kubectl(...args: string[]): Promise<string> {
    const { kubectl, kubeconfig } = this.environment;
    if (kubectl === undefined) throw new Error('this machine has no kubectl');
    const { stdout } = await run(kubectl, ['--kubeconfig', kubeconfig, '--namespace', this.name, ...args]);
    return stdout;
  }
}

/** A container that runs `script` in a shell of this machine. */
export function shell(name: string, script: string): object {
  return { name, image: shellImage, command: ['/bin/sh', '-c', script] };
}

/** A shell script that prints `text` as it stands. */
export function print(text: string): string {
  return `cat <<'END_OF_DOCUMENT'\n${text}\nEND_OF_DOCUMENT`;
}
