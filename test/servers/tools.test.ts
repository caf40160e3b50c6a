import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { catalog, serverNames, toolsDirectory } from '../../scripts/servers/catalog.ts';
import { findTool, kubectlVersions } from './tools.ts';

describe('finding tools', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'scan-link-tools-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const program = async (file: string, text = '#!/bin/sh\n'): Promise<string> => {
    const full = path.join(root, file);
    await mkdir(path.dirname(full), { recursive: true });
    await writeFile(full, text);
    await chmod(full, 0o755);
    return full;
  };

  it("takes the field's variable, then the cache, then the PATH", async () => {
    const name = 'kube-apiserver';
    const env: NodeJS.ProcessEnv = {
      KUBEBUILDER_ASSETS: path.join(root, 'assets'),
      SCANLINK_TOOLS_DIR: path.join(root, 'cache'),
      PATH: path.join(root, 'bin'),
    };
    expect(findTool(name, env)).toBeUndefined();
    const onPath = await program(`bin/${name}`);
    expect(findTool(name, env)).toBe(onPath);
    const cached = await program(`cache/kubernetes-${catalog.kubernetes.version}/${name}`);
    expect(findTool(name, env)).toBe(cached);
    const asset = await program(`assets/${name}`);
    expect(findTool(name, env)).toBe(asset);
  });

  it('passes over what cannot be run', async () => {
    const file = await program('bin/opa');
    await chmod(file, 0o644);
    await mkdir(path.join(root, 'other', 'opa'), { recursive: true });
    const env = { SCANLINK_TOOLS_DIR: root, PATH: `${path.join(root, 'bin')}:${path.join(root, 'other')}` };
    expect(findTool('opa', env)).toBeUndefined();
  });

  it('finds every kubectl beside the target of the one on the PATH, oldest first', async () => {
    await mkdir(path.join(root, 'bin'));
    await symlink(await program('sdk/kubectl', fakeKubectl('1.32.4')), path.join(root, 'bin', 'kubectl'));
    await program('sdk/kubectl.1.33');
    await program('sdk/kubectl.1.9');
    const built = await program(`kubernetes-${catalog.kubernetes.version}/kubectl`, fakeKubectl('1.36.3'));
    const found = kubectlVersions({
      SCANLINK_TOOLS_DIR: root,
      PATH: `${path.join(root, 'bin')}:/usr/bin:/bin`,
    });
    expect(found).toEqual([
      { version: '1.9', path: path.join(root, 'sdk', 'kubectl.1.9') },
      { version: '1.32', path: path.join(root, 'bin', 'kubectl') },
      { version: '1.33', path: path.join(root, 'sdk', 'kubectl.1.33') },
      { version: '1.36', path: built },
    ]);
  });

  it('finds none where there is none', () => {
    expect(kubectlVersions({ SCANLINK_TOOLS_DIR: root, PATH: root })).toEqual([]);
  });

  function fakeKubectl(version: string): string {
    return `#!/bin/sh\necho '{"clientVersion": {"gitVersion": "v${version}"}}'\n`;
  }
});

describe('the catalogue', () => {
  it.each([
    { env: { SCANLINK_TOOLS_DIR: '/t', XDG_CACHE_HOME: '/c' }, directory: '/t' },
    { env: { SCANLINK_TOOLS_DIR: '', XDG_CACHE_HOME: '/c' }, directory: '/c/scan-link/tools' },
  ])('lies in $directory', ({ env, directory }) => {
    expect(toolsDirectory(env)).toBe(directory);
  });

  it('builds every entry', () => {
    expect([...serverNames].sort()).toEqual(Object.keys(catalog).sort());
  });
});
